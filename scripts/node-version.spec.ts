import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Linter } from 'eslint';

// It starts programs, which takes long on a busy machine.
jest.setTimeout(60_000);

const entries = ['node-version.js', 'run.js', 'setup.js', '../cli/bin/stackscape.js'].map((name) =>
  join(__dirname, name),
);

describe('npm scripts on an old Node.js', () => {
  let folder: string;
  let fake: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'old-node-'));
    fake = join(folder, 'fake.js');
    writeFileSync(fake, "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['npm start', ['run.js', 'start']],
    ['npm run setup', ['setup.js']],
  ])('ends %s with one clear sentence in each language', (_, [script = '', ...args]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', fake, join(__dirname, script), ...args],
      { encoding: 'utf8', env: {} },
    );
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/needs Node\.js 20\.19 or newer; this is 18\.20\.8\./),
      expect.stringMatching(/需要 Node\.js 20\.19 或更新版本，当前是 18\.20\.8。/),
    ]);
  });

  it('writes what runs before the check in a syntax that every Node.js reads', () => {
    for (const file of entries) {
      const [problem] = new Linter().verify(readFileSync(file, 'utf8'), {
        languageOptions: { ecmaVersion: 5, sourceType: 'script' },
      });
      expect([file, problem?.message]).toEqual([file, undefined]);
    }
  });

  it('asks for the version that package.json names', () => {
    const { engines } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    const ask = `console.log(require(${JSON.stringify(entries[0])}).nodeVersionProblem('0.0.0'))`;
    const text = execFileSync(process.execPath, ['-e', ask], { encoding: 'utf8' });
    expect(text).toContain(`Node.js ${engines.node.replace('>=', '')} `);
  });
});
