import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { Settings } from '../../platform/config/settings';
import { SharedReads } from '../../platform/waiting/shared-reads';
import { TemplateChangesError, UnknownAppError } from '../resolver/template.errors';
import { catalogNameOf, type NamedInstallation } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import type { CatalogEntry } from './catalog-entry';
import { CatalogLoader, qualifiedName, type CatalogSnapshot } from './catalog-loader';
import { isCurrent } from './catalog-entry';
import { currentSignature } from '../stores/find-app-folders';
import { GitStores } from '../stores/git-stores.service';
import { nearNames, searchCatalog, type CatalogQuery } from './catalog-search';
import { sharedNetworkName } from '../compose/resolve/server-values';

/** How often the folders are checked for changes. */
const WATCH_MILLISECONDS = 10_000;
/** The first look at the folders leaves a start time to become ready; whoever asks sooner has it begin at once. */
const FIRST_WATCH_MILLISECONDS = 500;
/** A template that is another one after each of so many reads is not taken. */
const MAX_READS = 4;
/** Where nobody asked for so long, they are checked seldom: a check looks at every file of every app. */
const IDLE_AFTER_MILLISECONDS = 15_000;
const IDLE_WATCH_MILLISECONDS = 60_000;

/**
 * The apps that can be installed. Loads in the background at start and again when a folder changes; readers
 * see the last complete state.
 */
@Injectable()
export class CatalogService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(CatalogService.name);
  private snapshot: Promise<CatalogSnapshot> | null = null;
  private loader: Promise<CatalogLoader> | null = null;
  private readonly loads = new SharedReads();
  private firstLoad: Promise<CatalogSnapshot> | null = null;
  private lastLoad: Promise<CatalogSnapshot> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private firstWatch: NodeJS.Timeout | undefined;
  private isLoaded = false;
  private askedAt = -Infinity;
  private checkedAt = -Infinity;

  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly stores: GitStores,
  ) {}

  onModuleInit(): void {
    this.stores.onChange(() => void this.reload());
    this.firstWatch = setTimeout(() => {
      if (!this.snapshot) this.watch();
    }, FIRST_WATCH_MILLISECONDS).unref();
    this.timer = setInterval(() => this.watch(), WATCH_MILLISECONDS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.firstWatch);
    clearInterval(this.timer);
    await this.lastLoad;
  }

  /** What is known at this moment, without waiting: during the very first load what it has read so far. */
  async known(): Promise<CatalogSnapshot> {
    const current = this.current();
    if (this.isLoaded) return current;
    return (await this.loader)?.partial() ?? current;
  }

  /** Everything that is known now; waits only for the very first load. */
  async current(): Promise<CatalogSnapshot> {
    this.askedAt = performance.now();
    if (!this.snapshot) {
      this.checkedAt = this.askedAt;
      return this.reload();
    }
    // After a time without calls the folders are checked at once again, in the background.
    if (this.askedAt - this.checkedAt > WATCH_MILLISECONDS) this.watch();
    return this.snapshot;
  }

  private watch(): void {
    const now = performance.now();
    const idle = now - this.askedAt > IDLE_AFTER_MILLISECONDS;
    if (idle && now - this.checkedAt < IDLE_WATCH_MILLISECONDS) return;
    this.checkedAt = now;
    void this.reload();
  }

  /** The apps that match what is known at this moment. */
  async search(query: CatalogQuery): Promise<{ found: CatalogEntry[]; loading: boolean }> {
    const { entries, loading } = await this.known();
    return { found: searchCatalog(entries.values(), query), loading };
  }

  /** The app of that name (`app` or `store/app`) as last loaded, usable or not; null where no catalog has it. */
  async findEntry(appName: string): Promise<CatalogEntry | null> {
    return entryOf(await this.current(), appName);
  }

  /** An app and the names under which other stores have it too. Throws {@link UnknownAppError}. */
  async getEntry(appName: string): Promise<{ entry: CatalogEntry; others: string[] }> {
    const snapshot = await this.current();
    const entry = entryOf(snapshot, appName);
    if (!entry) throw new UnknownAppError(appName, nearNames(snapshot.entries.keys(), appName));
    const names = snapshot.sources.map(({ source }) => `${source.store}/${entry.name}`);
    const own = qualifiedName(entry);
    return { entry, others: names.filter((name) => name !== own && snapshot.qualified.has(name)) };
  }

  /** A store that was moved or renamed does not strand the apps that were installed from it. */
  async nameOf({ store, ...named }: NamedInstallation & { store: string | null }): Promise<string> {
    const { sources } = await this.current();
    const isKnown = sources.some(({ source }) => source.store === store);
    const name = catalogNameOf(named);
    return store !== null && isKnown ? `${store}/${name}` : name;
  }

  async findNear(appName: string): Promise<string[]> {
    return nearNames((await this.current()).entries.keys(), appName);
  }

  /**
   * For the installer: the template as it lies in its folder at this moment, usable or not.
   * @throws TemplateChangesError where its files are being changed all the time
   */
  async find(appName: string): Promise<Template | null> {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const entry = await this.findEntry(appName);
      if (entry && (await this.hasCurrentSources())) {
        // Files that changed while they were read have other stamps now than before.
        const signature = await currentSignature(entry.folder);
        if (await isCurrent(entry, signature)) return entry.template;
      }
      if (!entryOf(await this.reload(), appName)) return null;
    }
    throw new TemplateChangesError(appName);
  }

  /** Looks at all folders in a load that begins after this call; concurrent calls share it. Never rejects. */
  reload(): Promise<CatalogSnapshot> {
    this.loader ??= this.makeLoader();
    this.lastLoad = this.loads.read('all', () => this.load());
    this.firstLoad ??= this.lastLoad;
    this.snapshot ??= this.firstLoad;
    return this.lastLoad;
  }

  private async load(): Promise<CatalogSnapshot> {
    this.loader ??= this.makeLoader();
    const snapshot = await (await this.loader).load(await this.stores.sources());
    const before = await this.previous();
    this.snapshot = Promise.resolve(snapshot);
    this.isLoaded = true;
    if (before && sameEntries(before, snapshot)) return snapshot;
    this.logger.log(
      `Loaded ${snapshot.entries.size} apps from ${snapshot.sources.length} catalogs in ${snapshot.milliseconds} ms`,
    );
    for (const { source, readable } of snapshot.sources) {
      if (!readable && source.git?.commit !== null)
        this.logger.warn(`The catalog ${source.path} cannot be read`);
    }
    return snapshot;
  }

  /** False where another process has added, updated or removed a git store since. */
  private async hasCurrentSources(): Promise<boolean> {
    const { sources } = await this.current();
    const now = await this.stores.sources();
    return (
      now.length === sources.length &&
      sources.every(({ source: { path, store } }, index) => now[index]?.path === path && now[index].store === store) // prettier-ignore
    );
  }

  /** The last complete state; null during the very first load. */
  private async previous(): Promise<CatalogSnapshot | null> {
    return this.snapshot === this.firstLoad ? null : this.snapshot;
  }

  private async makeLoader(): Promise<CatalogLoader> {
    const { settings } = this;
    return new CatalogLoader(await this.stores.sources(), {
      prefix: settings.containerPrefix,
      sharedNetwork: sharedNetworkName(settings.containerPrefix),
      mirrorPrefix: settings.imageMirror ?? '',
      gpu: await this.hasGpu(),
    });
  }

  /** An engine that does not answer has no GPU to offer either. */
  private async hasGpu(): Promise<boolean> {
    try {
      return (await this.engine.info({ timeoutMs: 2000 })).runtimes.includes('nvidia');
    } catch {
      return false;
    }
  }
}

/** `app` is the chosen one of that name, `store/app` that of the store. */
function entryOf(snapshot: CatalogSnapshot, appName: string): CatalogEntry | null {
  return (appName.includes('/') ? snapshot.qualified : snapshot.entries).get(appName) ?? null;
}

function sameEntries(one: CatalogSnapshot, other: CatalogSnapshot): boolean {
  return (
    one.entries.size === other.entries.size &&
    one.shadowed.length === other.shadowed.length &&
    [...one.entries].every(([name, entry]) => other.entries.get(name) === entry)
  );
}
