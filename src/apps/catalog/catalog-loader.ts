import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadTemplate } from '../compose/layouts/load-template';
import { isCurrent, assessTemplate, type CatalogEntry, type AssessOptions } from './catalog-entry';
import type { CatalogSource } from '../stores/catalog-source';
import { findAppFolders, stampsOf, type AppFolder } from '../stores/find-app-folders';

/** An app that another catalog's app of the same name stands before. */
export interface ShadowedApp {
  readonly name: string;
  /** `store/app`, by which it can be had all the same. */
  readonly qualified: string;
  readonly path: string;
  /** The folder that is used instead. */
  readonly usedPath: string;
}

export interface CatalogSnapshot {
  /** By name, in the order of the names. */
  readonly entries: ReadonlyMap<string, CatalogEntry>;
  /** Every app by `store/app`. */
  readonly qualified: ReadonlyMap<string, CatalogEntry>;
  readonly shadowed: readonly ShadowedApp[];
  readonly sources: readonly {
    readonly source: CatalogSource;
    readonly apps: number;
    /** False where the folder could not be read. */
    readonly readable: boolean;
  }[];
  readonly loadedAt: Date;
  /** How long the load took. */
  readonly milliseconds: number;
  /** True while further apps are being read. */
  readonly loading: boolean;
}

interface FoundApp {
  readonly folder: AppFolder;
  readonly source: CatalogSource;
}

/** Folders read at the same time: the disk is slow, the processor shared. */
const AT_ONCE = 4;

/**
 * Loads all catalogs. What is wrong with one app or one catalog stays with it. Between two apps the
 * event loop gets its turn. A later load reads only those folders again that have changed.
 */
export class CatalogLoader {
  private known: ReadonlyMap<string, CatalogEntry> = new Map();
  /** What the first load has read so far. */
  private early: ReadonlyMap<string, CatalogEntry> = new Map();

  constructor(
    private sources: readonly CatalogSource[],
    private readonly options: AssessOptions,
  ) {}

  /** @param current the sources from now on */
  async load(current = this.sources): Promise<CatalogSnapshot> {
    this.sources = current;
    const started = performance.now();
    const found: FoundApp[] = [];
    const sources: CatalogSnapshot['sources'][number][] = [];
    for (const source of current) {
      const folders = await findAppFolders(source.path).catch(() => null);
      for (const folder of folders ?? []) found.push({ folder, source });
      sources.push({ source, apps: folders?.length ?? 0, readable: folders !== null });
    }
    return {
      ...chooseByName(await this.readAll(found)),
      sources,
      loadedAt: new Date(),
      milliseconds: Math.round(performance.now() - started),
      loading: false,
    };
  }

  /** What the first load has found until now. */
  partial(): CatalogSnapshot {
    const entries = [...this.early.values()];
    const sources = this.sources.map((source) => {
      const apps = entries.filter((entry) => entry.source === source).length;
      return { source, apps, readable: true };
    });
    const chosen = chooseByName(entries);
    return { ...chosen, sources, loadedAt: new Date(), milliseconds: 0, loading: true };
  }

  /** Every app of every catalog, in the order in which they were found. */
  private async readAll(found: readonly FoundApp[]): Promise<CatalogEntry[]> {
    const read = new Map<string, CatalogEntry>();
    if (this.known.size === 0) this.early = read;
    const queue = [...found];
    const worker = async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        const { folder, source } = item;
        const before = this.known.get(keyOf(folder));
        const same =
          before?.name === folder.name &&
          isSameSource(before.source, source) &&
          (await isCurrent(before, folder.signature));
        read.set(keyOf(folder), same ? before : await this.read(folder, source));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.known = read;
    return found.flatMap(({ folder }) => read.get(keyOf(folder)) ?? []);
  }

  private async read(folder: AppFolder, source: CatalogSource): Promise<CatalogEntry> {
    const template = await loadTemplate(folder.path, {
      name: folder.name,
      trusted: source.trusted,
      builtIn: source.builtIn,
      store: source.store,
      within: source.path,
      ...(folder.file === undefined ? {} : { file: folder.file }),
    });
    const stamps = await stampsOf(folder.path, template.parts);
    const entry = assessTemplate(template, source, folder, stamps, this.options);
    await nextTurn();
    return entry;
  }
}

/**
 * Of the apps of one name the first that is usable, else the first: no app that can be installed is hidden by
 * one that cannot.
 */
function chooseByName(
  entries: readonly CatalogEntry[],
): Pick<CatalogSnapshot, 'entries' | 'qualified' | 'shadowed'> {
  const byName = new Map<string, CatalogEntry>();
  const qualified = new Map<string, CatalogEntry>();
  for (const entry of entries) {
    takeBetter(byName, entry.name, entry);
    takeBetter(qualified, qualifiedName(entry), entry);
  }
  const shadowed = entries.flatMap((entry) => {
    const used = byName.get(entry.name);
    if (!used || used === entry) return [];
    const { name, folder } = entry;
    const usedPath = used.folder.path;
    return [{ name, qualified: qualifiedName(entry), path: folder.path, usedPath }];
  });
  return {
    entries: new Map([...byName].sort(([one], [other]) => (one < other ? -1 : 1))),
    qualified,
    shadowed,
  };
}

/** `store/app`. */
export function qualifiedName({ name, source }: CatalogEntry): string {
  return `${source.store}/${name}`;
}

/** Whether an app of it is judged and called the same. */
function isSameSource(one: CatalogSource, other: CatalogSource): boolean {
  return one.store === other.store && one.trusted === other.trusted;
}

function takeBetter(taken: Map<string, CatalogEntry>, name: string, entry: CatalogEntry): void {
  const first = taken.get(name);
  if (!first || (first.verdict !== 'usable' && entry.verdict === 'usable')) taken.set(name, entry);
}

function keyOf({ path, file }: AppFolder): string {
  return `${path}\0${file ?? ''}`;
}
