// `npm run catalog:lint [-- <folder> …]`: checks our own catalog, or the folders named. Exit status 1
// when there are findings, 2 when a folder cannot be read.
import { basename, resolve } from 'node:path';
import { bilingual } from '../platform/i18n/bilingual';
import { PROJECT_ROOT } from '../platform/config/project-root';
import type { AppVerdict } from '../apps/compose/language/template-problem';
import { CatalogLoader } from '../apps/catalog/catalog-loader';
import { catalogSources } from '../apps/stores/catalog-source';
import { lintApp } from '../apps/catalog/lint/lint-rules';
import { readArguments } from './terminal/arguments';
import { printLine, runCommand, UsageError } from './terminal/terminal';

const USAGE = bilingual(
  '用法：npm run catalog:lint [-- <目录> …]',
  'Usage: npm run catalog:lint [-- <folder> …]',
);

async function main(): Promise<number> {
  const folders = readArguments(USAGE, [0, Infinity]);
  if (!folders) return 0;
  const sources =
    folders.length === 0
      ? catalogSources(PROJECT_ROOT, [])
      : folders.map((folder) => ({
          path: resolve(folder),
          trusted: false,
          builtIn: false,
          store: basename(folder),
        }));
  const loader = new CatalogLoader(sources, { prefix: 'websoft9-', sharedNetwork: 'websoft9' });
  const { entries, shadowed, sources: read, milliseconds } = await loader.load();
  for (const { source, readable } of read) {
    if (!readable)
      throw new UsageError(bilingual(`无法读取 ${source.path}`, `${source.path} cannot be read`));
  }
  const findings = [...entries.values()].flatMap(lintApp);
  for (const { app, rule, file, line, message } of findings) {
    const place = [app, file, line].filter((part) => part !== null).join(':');
    printLine(`${place}  ${rule}  ${message}`);
  }
  for (const { name, path, usedPath } of shadowed) {
    printLine(`${name}  shadowed  ${path} is not used, ${usedPath} is`);
  }
  const count = (wanted: AppVerdict) =>
    [...entries.values()].filter(({ verdict }) => verdict === wanted).length;
  printLine(
    `${count('usable')} usable, ${count('forbidden')} forbidden by policy, ` +
      `${count('unsupported')} unsupported, ${count('broken')} broken, ${count('needs-hardware')} need hardware`,
  );
  const bad = new Set(findings.map(({ app }) => app)).size;
  printLine(
    `${entries.size} apps in ${milliseconds} ms: ${entries.size - bad} in order, ${bad} with ${findings.length} findings`,
  );
  return findings.length === 0 ? 0 : 1;
}

void runCommand(main);
