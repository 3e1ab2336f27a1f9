import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../src/platform/config/project-root';
import { codeTable, settingsTable, withTable } from './readme/tables';

/** `npm run readme`: writes the tables of the README that come from the code. */
const file = join(PROJECT_ROOT, 'README.md');
const text = readFileSync(file, 'utf8');
writeFileSync(file, withTable(withTable(text, 'settings', settingsTable()), 'codes', codeTable()));
