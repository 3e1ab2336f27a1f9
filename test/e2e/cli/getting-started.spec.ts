import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../src/platform/config/project-root';
import { SetupToken } from '../../../src/users/setup-token';
import { CommandLine } from '../../support/command-line';
import { codeBlocks } from '../../support/packed-client';
import { startTestApp, type TestApp } from '../../support/test-app';

const BEFORE = ['npm run setup', 'npm start'];
const PASSWORD = 'correct horse';

/** `npm run setup` and `npm start` have their own tests; the server here stands for theirs. */
describe('docs/getting-started.md, word by word', () => {
  let app: TestApp;
  let shell: CommandLine;
  const lines = codeBlocks('docs/getting-started.md', 'sh').flatMap((block) =>
    block.trim().split('\n'),
  );
  const stackscape = (line: string): string[] => line.replace('npx stackscape ', '').split(' ');

  beforeAll(async () => {
    app = await startTestApp();
    shell = new CommandLine(app.url);
  });
  afterAll(async () => {
    shell.remove();
    await app.close();
  });

  it('makes the administrator, installs an app, computes and shows the demo', async () => {
    expect(lines.slice(0, 2)).toEqual(BEFORE);
    const [register = '', ...rest] = lines.slice(2);
    // On a bare machine no token is asked for; these tests may run in a container.
    const setup = ['--setup-token', app.app.get(SetupToken).value];
    const registering = shell.terminal([...stackscape(register), ...setup]);
    await registering.answer(/User name: /, 'admin');
    await registering.answer(/New password: /, PASSWORD);
    await registering.answer(/Once more: /, PASSWORD);
    expect((await registering.finished()).status).toBe(0);

    let said = '';
    for (const line of rest.filter((command) => command.startsWith('npx stackscape '))) {
      const { status, stdout, stderr } = await shell.run(stackscape(line));
      expect([line, status, stderr]).toEqual([line, 0, expect.any(String)]);
      said += stdout + stderr;
    }
    expect(said).toMatch(/hello +Hello +running/);
    expect(said).toContain('0.789');

    expect(rest.at(-1)).toBe('npm run demo');
    const demo = await runDemo();
    expect(demo).toMatchObject({ status: 0, output: expect.stringContaining('passed') });
  });

  function runDemo(): Promise<{ status: number; output: string }> {
    const register = join(PROJECT_ROOT, 'test', 'chaos', 'register.js');
    const file = join(PROJECT_ROOT, 'src', 'commands', 'demo.ts');
    const env = {
      PATH: process.env['PATH'],
      ...app.environment,
      STACKSCAPE_URL: app.url,
      STACKSCAPE_USER: 'admin',
      STACKSCAPE_PASSWORD: PASSWORD,
    };
    return new Promise((resolve) =>
      execFile(process.execPath, ['-r', register, file], { env }, (error, out, err) =>
        resolve({ status: error ? Number(error.code ?? 1) : 0, output: out + err }),
      ),
    );
  }
});
