import { resolve } from 'node:path';
import { bilingual } from '../platform/i18n/bilingual';
import { PROJECT_ROOT } from '../platform/config/project-root';
import type { AppVerdict } from '../apps/compose/language/template-problem';
import { CatalogLoader } from '../apps/catalog/catalog-loader';
import { catalogSources } from '../apps/catalog/catalog-source';
import { readArguments } from './terminal/arguments';
import { lintApp } from '../apps/catalog/lint/lint-rules';

/**
 * `npm run catalog:lint [-- folder …]`: checks our own catalog, or the folders named, and exits with 1
 * when there are findings.
 */
const USAGE = bilingual(
  '用法：npm run catalog:lint [-- <目录> …]',
  'Usage: npm run catalog:lint [-- <folder> …]',
);

async function main(): Promise<void> {
  const folders = readArguments(USAGE, [0, Infinity]);
  if (!folders) return;
  const sources =
    folders.length === 0
      ? catalogSources(PROJECT_ROOT, [])
      : folders.map((folder) => ({ path: resolve(folder), trusted: false, builtIn: false }));
  const loader = new CatalogLoader(sources, { prefix: 'websoft9-', sharedNetwork: 'websoft9' });
  const { entries, shadowed, sources: read, milliseconds } = await loader.load();
  for (const { source, readable } of read) {
    if (!readable) throw new Error(`${source.path} cannot be read`);
  }
  const findings = [...entries.values()].flatMap(lintApp);
  for (const { app, rule, file, line, message } of findings) {
    const place = [app, file, line].filter((part) => part !== null).join(':');
    console.log(`${place}  ${rule}  ${message}`);
  }
  for (const { name, path, usedPath } of shadowed) {
    console.log(`${name}  shadowed  ${path} is not used, ${usedPath} is`);
  }
  const count = (wanted: AppVerdict) =>
    [...entries.values()].filter(({ verdict }) => verdict === wanted).length;
  console.log(
    `${count('usable')} usable, ${count('forbidden')} forbidden by policy, ` +
      `${count('unsupported')} unsupported, ${count('broken')} broken`,
  );
  const bad = new Set(findings.map(({ app }) => app)).size;
  console.log(
    `${entries.size} apps in ${milliseconds} ms: ${entries.size - bad} in order, ${bad} with ${findings.length} findings`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
