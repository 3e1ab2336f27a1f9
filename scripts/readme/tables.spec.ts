import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { codeTable, settingsTable, withTable } from './tables';

describe('README.md', () => {
  const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');

  it.each([
    ['settings', settingsTable()],
    ['codes', codeTable()],
  ])('has the %s of the code; `npm run readme` writes them', (name, table) => {
    expect(readme).toBe(withTable(readme, name, table));
  });
});
