import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');
const reporter = join(root, 'test/support/jest/closing-line-reporter.js');

describe('npm test', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'npm-test-'));
    write('jest.config.json', JSON.stringify({ projects: [{ displayName: 'unit' }] }));
    write('fails-once.spec.js', onceThen('it("works", () => {});'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  /** A test file that throws when it is run first. */
  const onceThen = (text: string) =>
    `const { existsSync, writeFileSync } = require('fs');
     const seen = __filename + '.seen';
     if (!existsSync(seen)) { writeFileSync(seen, ''); throw new Error('the first time'); }
     ${text}`;
  const run = (): { status: number | null; output: string } => {
    const config = `--config=${join(folder, 'jest.config.json')}`;
    const args = [join(root, 'scripts/test.js'), config, `--reporters=${reporter}`];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    return { status, output: stdout };
  };

  it('runs a file that failed once more, and names it though it passes', () => {
    write('passes.spec.js', 'it("works", () => {});');
    const { status, output } = run();
    expect(output).toMatch(/1 passed, 1 failed[^]*they run once more[^]*1 passed, 0 failed/);
    expect(output).toMatch(/Passed alone only\.[^]*fails-once\.spec\.js\n$/);
    expect(status).toBe(0);
  });

  it('fails when a file fails twice', () => {
    write('fails.spec.js', 'it("works", () => expect(1).toBe(2));');
    const { status, output } = run();
    expect(output).not.toContain('Passed alone only');
    expect(status).toBe(1);
  });

  it('runs nothing again where more than three files failed', () => {
    for (const name of ['a', 'b', 'c'])
      write(`${name}.spec.js`, onceThen('it("works", () => {});'));
    const { status, output } = run();
    expect(output).toContain('0 passed, 4 failed, 0 skipped');
    expect(output).not.toContain('once more');
    expect(status).toBe(1);
  });
});
