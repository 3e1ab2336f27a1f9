import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../src/platform/config/project-root';
import { codeTable, settingsTable, withTable } from './readme/tables';

/** `npm run readme`: writes the tables of the README that come from the code. */
const FILE = join(PROJECT_ROOT, 'README.md');
const TEXT = readFileSync(FILE, 'utf8');
writeFileSync(FILE, withTable(withTable(TEXT, 'settings', settingsTable()), 'codes', codeTable()));
