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
  const all = [...entries];
  const found = matching(all, query);
  if (found.length > 0 || !query.search) return found;
  // Nothing has these words: apps that are called nearly so.
  const near = nearNames(
    all.map(({ name }) => name),
    query.search,
  );
  const rest = matching(all, { ...query, search: '' }).filter(({ name }) => near.includes(name));
  return rest.sort((one, other) => near.indexOf(one.name) - near.indexOf(other.name));
}

function matching(entries: readonly CatalogEntry[], query: CatalogQuery): CatalogEntry[] {
  const verdict = query.verdict ?? 'usable';
  const words = fold(query.search ?? '')
    .split(/\s+/)
    .filter(Boolean);
  return entries
    .filter((entry) => verdict === 'all' || entry.verdict === verdict)
    .filter(({ template }) => !query.category || template.metadata.category === query.category)
    .map((entry) => ({ entry, rank: rankOf(entry, words) }))
    .filter(({ rank }) => rank !== null)
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0) || compare(one.entry, other.entry))
    .map(({ entry }) => entry);
}

/** More suggestions than these help nobody. */
const MAX_NEAR = 5;
/** Longer words are no names. */
const MAX_NAME_LENGTH = 63;

/**
 * The names that are nearest to `wanted`: equal without spaces and hyphens, or a slip or two away (a letter
 * missing, too many, wrong or swapped with its neighbour).
 */
export function nearNames(names: Iterable<string>, wanted: string): string[] {
  const plain = squeeze(wanted.slice(wanted.lastIndexOf('/') + 1));
  if (plain.length < 3 || plain.length > MAX_NAME_LENGTH) return [];
  const allowed = plain.length < 6 ? 1 : 2;
  const near: { readonly name: string; readonly slips: number }[] = [];
  for (const name of names) {
    const other = squeeze(name);
    if (Math.abs(other.length - plain.length) > allowed) continue;
    const slips = slipsBetween(plain, other);
    if (slips <= allowed) near.push({ name, slips });
  }
  const fewest = Math.min(...near.map(({ slips }) => slips));
  return near
    .filter(({ slips }) => slips === fewest)
    .map(({ name }) => name)
    .sort()
    .slice(0, MAX_NEAR);
}

function squeeze(text: string): string {
  return fold(text).replace(/[\s._-]+/g, '');
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function slipsBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
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
