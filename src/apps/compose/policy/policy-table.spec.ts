import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyTable } from './policy-table';

describe(policyTable.name, () => {
  it('is the one in docs/catalog.md (`npm run readme` writes it)', () => {
    const text = readFileSync(join(__dirname, '../../../../docs/catalog.md'), 'utf8');
    expect(text).toContain(policyTable());
  });
});
