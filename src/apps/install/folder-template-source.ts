import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { loadTemplate } from '../compose/load-template';
import type { Template } from '../compose/template';
import { TemplateSource } from './template-source';

const TRUSTED = '=trusted';

/** Reads a template from its folder at each request: our own catalogue first, then those configured. */
@Injectable()
export class FolderTemplateSource extends TemplateSource {
  constructor(private readonly settings: Settings) {
    super();
  }

  async find(appName: string): Promise<Template | null> {
    const own = join(this.settings.projectRoot, 'catalog', 'apps', appName);
    if (await isFolder(own)) return loadTemplate(own, { builtIn: true });
    for (const entry of this.settings.catalogPaths) {
      const trusted = entry.endsWith(TRUSTED);
      const path = trusted ? entry.slice(0, -TRUSTED.length) : entry;
      for (const folder of [join(path, 'apps', appName), join(path, appName)]) {
        if (await isFolder(folder)) return loadTemplate(folder, { trusted });
      }
    }
    return null;
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
