import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../src/platform/config/project-root';
import { generatedTables, withTable } from './readme/tables';

/** `npm run readme`: writes the tables of `docs/` that come from the code. */
for (const { file, name, table } of generatedTables) {
  const path = join(PROJECT_ROOT, file);
  writeFileSync(path, withTable(readFileSync(path, 'utf8'), name, table()));
}
