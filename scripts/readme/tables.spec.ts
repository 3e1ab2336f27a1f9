import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { generatedTables, withTable } from './tables';

describe('tables that come from the code; `npm run readme` writes them', () => {
  it.each(generatedTables)('$file has its table of $name', ({ file, name, table }) => {
    const text = readFileSync(join(PROJECT_ROOT, file), 'utf8');
    expect(text).toBe(withTable(text, name, table()));
  });
});
