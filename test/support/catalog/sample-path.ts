import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../src/platform/config/project-root';

/**
 * A folder of public templates of the Websoft9 layout, which is no part of this repository:
 * `CATALOG_SAMPLE`, else `../shared/catalog-sample`. Null, with the reason printed, where there is none.
 */
export function samplePath(): string | null {
  const path = process.env.CATALOG_SAMPLE ?? join(PROJECT_ROOT, '..', 'shared', 'catalog-sample');
  if (existsSync(join(path, 'apps'))) return path;
  process.stderr.write(`[skipped] no templates at ${path}: set CATALOG_SAMPLE\n`);
  return null;
}

/** Any catalog to measure: `CATALOG_FOLDER`, else the sample. */
export function measuredCatalog(): string | null {
  const path = process.env.CATALOG_FOLDER;
  if (path === undefined) return samplePath();
  if (existsSync(path)) return path;
  throw new Error(`CATALOG_FOLDER: there is no folder ${path}`);
}
