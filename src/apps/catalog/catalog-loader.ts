import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadTemplate } from '../compose/layouts/load-template';
import {
  isCurrent,
  assessTemplate,
  type CatalogEntry,
  type AssessOptions,
} from './catalog-entry';
import type { CatalogSource } from './catalog-source';
import { findAppFolders, stampsOf, type AppFolder } from './find-app-folders';

/** An app that another catalog's app of the same name stands before. */
export interface ShadowedApp {
  readonly name: string;
  readonly path: string;
  /** The folder that is used instead. */
  readonly usedPath: string;
}

export interface CatalogSnapshot {
  /** By name, in the order of the names. */
  readonly entries: ReadonlyMap<string, CatalogEntry>;
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
}

/** Folders read at the same time: the disk is slow, the processor shared. */
const AT_ONCE = 4;

/**
 * Loads all catalogs. What is wrong with one app or one catalog stays with it. Between two apps the
 * event loop gets its turn. A later load reads only those folders again that have changed.
 */
export class CatalogLoader {
  private known: ReadonlyMap<string, CatalogEntry> = new Map();

  constructor(
    private readonly sources: readonly CatalogSource[],
    private readonly options: AssessOptions,
  ) {}

  async load(): Promise<CatalogSnapshot> {
    const started = performance.now();
    const chosen = new Map<string, { folder: AppFolder; source: CatalogSource }>();
    const shadowed: ShadowedApp[] = [];
    const sources: CatalogSnapshot['sources'][number][] = [];
    for (const source of this.sources) {
      const folders = await findAppFolders(source.path).catch(() => null);
      for (const folder of folders ?? []) {
        const first = chosen.get(folder.name);
        if (first)
          shadowed.push({ name: folder.name, path: folder.path, usedPath: first.folder.path });
        else chosen.set(folder.name, { folder, source });
      }
      sources.push({ source, apps: folders?.length ?? 0, readable: folders !== null });
    }
    const names = [...chosen.keys()].sort();
    const entries = await this.readAll(names, chosen);
    return {
      entries,
      shadowed,
      sources,
      loadedAt: new Date(),
      milliseconds: Math.round(performance.now() - started),
    };
  }

  private async readAll(
    names: readonly string[],
    chosen: ReadonlyMap<string, { folder: AppFolder; source: CatalogSource }>,
  ): Promise<Map<string, CatalogEntry>> {
    const read = new Map<string, CatalogEntry>();
    const queue = [...names];
    const worker = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const item = chosen.get(name);
        if (!item) continue;
        const { folder, source } = item;
        const before = this.known.get(keyOf(folder));
        const same = before?.name === name && (await isCurrent(before, folder.signature));
        read.set(keyOf(folder), same ? before : await this.read(folder, source));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.known = read;
    return new Map(
      names.flatMap((name) => {
        const entry = read.get(keyOf(chosen.get(name)?.folder));
        return entry ? [[name, entry]] : [];
      }),
    );
  }

  private async read(folder: AppFolder, source: CatalogSource): Promise<CatalogEntry> {
    const template = await loadTemplate(folder.path, {
      name: folder.name,
      trusted: source.trusted,
      builtIn: source.builtIn,
      within: source.path,
      ...(folder.file === undefined ? {} : { file: folder.file }),
    });
    const stamps = await stampsOf(folder.path, template.parts);
    const entry = assessTemplate(template, source, folder, stamps, this.options);
    await nextTurn();
    return entry;
  }
}

function keyOf(folder: AppFolder | undefined): string {
  return folder ? `${folder.path}\0${folder.file ?? ''}` : '';
}
