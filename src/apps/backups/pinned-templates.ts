import { randomUUID } from 'node:crypto';
import {
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { CatalogService } from '../catalog/catalog.service';
import { loadTemplate } from '../compose/layouts/load-template';
import { catalogNameOf } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import { TemplateSource, type Installed } from '../resolver/app-resolver';
import type { BackupManifest, SavedTemplate } from './backup-manifest';
import { exists, removeTree } from './staging';

const ABOUT = 'template.json';
/** A copy that nobody has used for as long is removed. */
const UNUSED_MS = 30 * 86_400_000;

/**
 * Templates of the catalog, those that apps were installed from and those that backups have brought along: an app
 * keeps the template that its data belong to until it is upgraded.
 */
@Injectable()
export class PinnedTemplates extends TemplateSource {
  private readonly logger = new Logger(PinnedTemplates.name);
  private readonly root: string;
  /** Copies of what apps were installed from: the catalog may have a newer one when they are saved. */
  private readonly installed: string;

  constructor(
    settings: Settings,
    private readonly catalog: CatalogService,
  ) {
    super();
    this.root = join(settings.dataDir, 'backups', 'templates');
    this.installed = join(settings.dataDir, 'backups', 'installed-templates');
  }

  async find(appName: string, digest?: string): Promise<Template | null> {
    const current = await this.catalog.find(appName);
    if (digest === undefined || current?.digest === digest) return current;
    const plain = appName.split('/').at(-1) ?? '';
    const trusted = current?.trusted ?? false;
    for (const root of [this.installed, this.root]) {
      const found = await this.findIn(root, plain, digest, trusted);
      if (found) return found;
    }
    return current;
  }

  nameOf(installed: Installed): Promise<string> {
    return this.catalog.nameOf(installed);
  }

  findNear(appName: string): Promise<readonly string[]> {
    return this.catalog.findNear(appName);
  }

  async remember(template: Template): Promise<void> {
    const { name: appName, digest, composeFile, singleFile, store } = template;
    try {
      const saved: SavedTemplate = { composeFile, singleFile, store, digest };
      await this.copyOnce(this.installed, appName, saved, (into) => copyTemplate(template, into));
    } catch (error) {
      this.logger.warn({ app: appName, err: error }, `${appName}: its template was not kept`);
    }
  }

  /** Keeps the template of a backup, unless the catalog has the same. */
  async keep(manifest: BackupManifest, folder: string): Promise<void> {
    const { appName, template, instance = null } = manifest;
    if (!template) return;
    const name = await this.catalog.nameOf({ appName, instance, store: template.store });
    if ((await this.catalog.find(name))?.digest === template.digest) return;
    const catalogName = catalogNameOf({ appName, instance });
    await this.copyOnce(this.root, catalogName, template, (into) =>
      cp(folder, into, { recursive: true, verbatimSymlinks: true }),
    );
  }

  /**
   * Removes copies, and what killed runs left of some, that no installed app has needed for a month: until then an
   * app may be adopted or repaired by them.
   */
  async sweep(needed: readonly { appName: string; digest: string }[]): Promise<void> {
    const now = new Date();
    for (const root of [this.installed, this.root]) {
      const used = new Set(needed.map(({ appName, digest }) => placeOf(root, appName, digest)));
      for (const name of await readdir(root).catch(() => [])) {
        const place = join(root, name);
        if (used.has(place)) await utimes(place, now, now);
        else if (await isOlder(place, now.getTime() - UNUSED_MS)) await removeTree(place);
      }
    }
  }

  private async copyOnce(
    root: string,
    appName: string,
    template: SavedTemplate,
    copy: (into: string) => Promise<void>,
  ): Promise<void> {
    const place = placeOf(root, appName, template.digest);
    if (await exists(join(place, ABOUT))) return utimes(place, new Date(), new Date());
    const draft = `${place}.${randomUUID()}`;
    await removeTree(place);
    await mkdir(draft, { recursive: true, mode: 0o700 });
    try {
      await copy(join(draft, appName));
      await writeFile(join(draft, ABOUT), JSON.stringify(template));
      await rename(draft, place);
    } catch (error) {
      await removeTree(draft);
      // Of two that begin at once one makes it.
      if (!(await exists(join(place, ABOUT)))) throw error;
    }
  }

  /** What a catalog may do is settled by the settings of this server, not by the backup. */
  private async findIn(
    root: string,
    appName: string,
    digest: string,
    trusted: boolean,
  ): Promise<Template | null> {
    const place = placeOf(root, appName, digest);
    const about = await readFile(join(place, ABOUT), 'utf8').catch(() => null);
    if (about === null) return null;
    const { composeFile, singleFile, store } = JSON.parse(about) as SavedTemplate;
    const template = await loadTemplate(join(place, appName), {
      name: appName,
      trusted,
      within: place,
      ...(store === null ? {} : { store }),
      ...(singleFile ? { file: composeFile } : {}),
    });
    return { ...template, digest };
  }
}

function isOlder(place: string, time: number): Promise<boolean> {
  return stat(place).then(
    ({ mtimeMs }) => mtimeMs < time,
    () => false,
  );
}

function placeOf(root: string, appName: string, digest: string): string {
  return join(root, `${appName}-${digest.slice(0, 32)}`);
}

/** Without archives of images, which may be huge and are on the engine. */
export async function copyTemplate(template: Template, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  if (template.singleFile) {
    await cp(join(template.folder, template.composeFile), join(into, template.composeFile));
  } else {
    const images = join(template.folder, 'images');
    await cp(template.folder, into, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => source !== images && dirname(source) !== images,
    });
  }
  await chmod(into, 0o700);
}
