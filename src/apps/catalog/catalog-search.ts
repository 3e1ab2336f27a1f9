import type { AppVerdict } from '../compose/language/template-problem';
import type { CatalogEntry } from './catalog-entry';

export interface CatalogQuery {
  /** Words that must all appear in name, title or description, in either language. */
  readonly search?: string;
  readonly category?: string;
  readonly verdict?: AppVerdict | 'all';
}

/** The apps that match, best first: an equal name, then a name or title that begins so, then the rest. */
export function searchCatalog(
  entries: Iterable<CatalogEntry>,
  query: CatalogQuery,
): CatalogEntry[] {
  const verdict = query.verdict ?? 'usable';
  const words = fold(query.search ?? '')
    .split(/\s+/)
    .filter(Boolean);
  return [...entries]
    .filter((entry) => verdict === 'all' || entry.verdict === verdict)
    .filter(({ template }) => !query.category || template.metadata.category === query.category)
    .map((entry) => ({ entry, rank: rankOf(entry, words) }))
    .filter(({ rank }) => rank !== null)
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0) || compare(one.entry, other.entry))
    .map(({ entry }) => entry);
}

function rankOf({ name, template }: CatalogEntry, words: readonly string[]): number | null {
  if (words.length === 0) return 0;
  const { title, description, category } = template.metadata;
  const titles = [name, fold(title.zh), fold(title.en)];
  const text = [...titles, category, fold(description?.zh ?? ''), fold(description?.en ?? '')].join(
    '\n',
  );
  if (!words.every((word) => text.includes(word))) return null;
  const whole = words.join(' ');
  if (titles.includes(whole)) return 0;
  if (titles.some((item) => item.startsWith(whole))) return 1;
  return titles.some((item) => words.every((word) => item.includes(word))) ? 2 : 3;
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function compare(one: CatalogEntry, other: CatalogEntry): number {
  return one.name < other.name ? -1 : 1;
}
