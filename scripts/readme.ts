import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../src/platform/config/project-root';
import { policyTable } from '../src/apps/compose/policy/policy-table';
import { codeTable, settingsTable, withTable } from './readme/tables';

/** `npm run readme`: writes the tables of README.md and docs/catalog.md that come from the code. */
const FILE = join(PROJECT_ROOT, 'README.md');
const TEXT = readFileSync(FILE, 'utf8');
writeFileSync(FILE, withTable(withTable(TEXT, 'settings', settingsTable()), 'codes', codeTable()));

const CATALOG_FILE = join(PROJECT_ROOT, 'docs', 'catalog.md');
const CATALOG_TEXT = readFileSync(CATALOG_FILE, 'utf8');
writeFileSync(CATALOG_FILE, withTable(CATALOG_TEXT, 'policy', policyTable()));
