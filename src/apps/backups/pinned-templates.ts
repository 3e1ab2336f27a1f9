import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { CatalogService } from '../catalog/catalog.service';
import { loadTemplate } from '../compose/layouts/load-template';
import type { Template } from '../compose/template/template';
import { TemplateSource } from '../resolver/app-resolver';
import type { BackupManifest, SavedTemplate } from './backup-manifest';
import { exists, removeTree } from './staging';

const ABOUT = 'template.json';

/**
 * Templates of the catalog, and those that backups have brought along: an app that was restored keeps the
 * template that its data belong to, until it is upgraded.
 */
@Injectable()
export class PinnedTemplates extends TemplateSource {
  private readonly root: string;

  constructor(
    settings: Settings,
    private readonly catalog: CatalogService,
  ) {
    super();
    this.root = join(settings.dataDir, 'backups', 'templates');
  }

  async find(appName: string, digest?: string): Promise<Template | null> {
    const current = await this.catalog.find(appName);
    if (digest === undefined || current?.digest === digest) return current;
    const plain = appName.split('/').at(-1) ?? '';
    return (await this.findPinned(plain, digest, current?.trusted ?? false)) ?? current;
  }

  nameOf(installed: { appName: string; store: string | null }): Promise<string> {
    return this.catalog.nameOf(installed);
  }

  findNear(appName: string): Promise<readonly string[]> {
    return this.catalog.findNear(appName);
  }

  /** Keeps the template of a backup, unless the catalog has the same. */
  async keep({ appName, template }: BackupManifest, folder: string): Promise<void> {
    if (!template) return;
    const name = await this.catalog.nameOf({ appName, store: template.store });
    if ((await this.catalog.find(name))?.digest === template.digest) return;
    const place = this.place(appName, template.digest);
    if (await exists(join(place, ABOUT))) return;
    const draft = `${place}.new`;
    await removeTree(draft);
    await removeTree(place);
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await cp(folder, join(draft, appName), { recursive: true, verbatimSymlinks: true });
    await writeFile(join(draft, ABOUT), JSON.stringify(template));
    await rename(draft, place);
  }

  /** What a catalog may do is settled by the settings of this server, not by the backup. */
  private async findPinned(
    appName: string,
    digest: string,
    trusted: boolean,
  ): Promise<Template | null> {
    const place = this.place(appName, digest);
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

  private place(appName: string, digest: string): string {
    return join(this.root, `${appName}-${digest.slice(0, 32)}`);
  }
}
