import { SetupToken } from '../../../src/users/setup-token';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine } from '../../support/command-line';
import { startTestApp, type TestApp } from '../../support/test-app';

const PASSWORD = 'correct horse';
const CSV = 'pid;ctdna;cpg;hcc\r\n1;209;5;true\r\n2;168;0;false\r\n3;213;4;\r\n';

describe('the whole job by stackscape alone', () => {
  let app: TestApp;
  let sut: CommandLine;
  beforeEach(async () => {
    app = await startTestApp();
    sut = new CommandLine(app.url);
  });
  afterEach(async () => {
    sut.remove();
    await app.close();
  });

  /** The tests may run in a container, where no connection counts as local. */
  const setup = (): string[] => ['--setup-token', app.app.get(SetupToken).value];

  it('on a terminal: register, install with a bar, compute a batch, uninstall, sign out', async () => {
    const register = sut.terminal(['register', ...setup()]);
    await register.answer(/User name: /, 'admin');
    await register.answer(/New password: /, PASSWORD);
    await register.answer(/Once more: /, PASSWORD);
    const registered = await register.finished();
    expect(registered).toMatchObject({ status: 0 });
    expect(registered.text).toContain(`Signed in at ${app.url} as admin (administrator)`);
    expect(registered.text).not.toContain(PASSWORD);

    const plan = await sut.terminal(['app', 'plan', 'hello']).finished();
    expect(plan.status).toBe(0);
    expect(plan.text).toMatch(/✓ .*\n/);

    const install = sut.terminal(['app', 'install', 'hello']);
    const installed = await install.finished();
    expect(installed.status).toBe(0);
    expect(install.output).toMatch(/\r\u001b\[2K.*█+.*░+.* \d+ % /);
    expect(installed.text).toMatch(/hello is running at port \d+/);

    expect((await sut.terminal(['app', 'ls']).finished()).text).toMatch(
      /hello +Hello +running +\d+/,
    );
    expect((await sut.terminal(['app', 'stats', 'hello']).finished()).text).toMatch(
      /hello +\d+\.\d %/,
    );

    const file = join(sut.home, 'batch.csv');
    writeFileSync(file, CSV);
    const batch = await sut.terminal(['compute', 'batch', file]).finished();
    expect(batch).toMatchObject({ status: 0 });
    expect(batch.text).toMatch(/1 +209 +5 +0\.789 +\+ +\+ +hcc-fragment-nb@1\.0\.0/);
    const history = await sut.terminal(['compute', 'history']).finished();
    expect(history.text).toMatch(/3 in all/);

    const stats = await sut.terminal(['compute', 'stats']).finished();
    expect(stats.text).toMatch(/AUC +1\.000/);
    expect(stats.text).toMatch(/1\.0 │[\u2801-\u28ff]/);
    expect(stats.text).toMatch(/200–209 +│█+ 1\n210–219 +│░+ 1/);

    const uninstall = sut.terminal(['app', 'uninstall', 'hello', '--remove-data']);
    await uninstall.answer(/Uninstall hello and remove its data\? \[y\/N\] /, 'y');
    expect(await uninstall.finished()).toMatchObject({ status: 0 });
    expect((await sut.terminal(['app', 'ls']).finished()).text).toContain('(none)');

    expect((await sut.terminal(['logout']).finished()).status).toBe(0);
    expect((await sut.terminal(['whoami']).finished()).status).toBe(3);
  });

  it('by --json in a script', async () => {
    const { status, stdout, stderr } = await sut.script(`
      field() { '${process.execPath}' -pe "const d = JSON.parse(require('node:fs').readFileSync(0, 'utf8')); $1"; }
      printf '${PASSWORD}' | stackscape register --user admin --password-stdin ${setup().join(' ')} --json | field d.role
      code=$(stackscape invite new --json | field 'd[0]')
      port=$(stackscape app install hello --json | field d.port)
      stackscape app ls --json | field 'd[0].appName + " " + d[0].title.zh + " " + d[0].status + " " + (d[0].port === "'$port'")'
      printf '${CSV.replace(/\r\n/g, '\\r\\n')}' | stackscape compute batch - --json |
        field 'd.map((t) => t.result.probability.toFixed(3)).join()'
      stackscape compute history --json | field 'd.total'
      stackscape compute export | wc -l
      stackscape compute stats --json | field 'd.models[0].records'
      printf second | stackscape register --profile second --user second --invite $code --password-stdin
      stackscape user ls --json | field 'd.items.map((u) => u.user_name).sort().join()'
      stackscape user ban second --json | field d.status
      stackscape whoami --profile second --json 2>&1 | field d.error.code || true
      stackscape user unban second
      printf second | stackscape login --profile other --user second --password-stdin 2>/dev/null
      stackscape user end-session second $(stackscape user sessions second --json | field 'd[0].sid') --json | field d.ended
      stackscape whoami --profile other --json 2>&1 | field d.error.code || true
      stackscape user quota second 5
      stackscape invite ls --json | field 'd.items[0].uses[0].user_name'
      stackscape server status --json | field 'd.docker.state'
      stackscape audit ls | grep -c ' app.install-requested  *hello '
      stackscape audit ls --json | field 'd.items.some((e) => e.action.includes("install"))'
      stackscape catalog ls hello --json | field 'd.items[0].appName'
      stackscape app uninstall hello --yes --remove-data --json | field d.removed
    `);
    expect(stderr).toBe('Signed in at ' + app.url + ' as second (user)\n');
    expect(stdout.trim().split('\n')).toEqual([
      '1',
      'hello 你好 1 true',
      expect.stringMatching(/^0\.789,0\.\d{3},0\.\d{3}$/),
      '3',
      '4',
      '2',
      'admin,second',
      '1',
      '60102',
      'second: user, normal',
      'true',
      '40002',
      'second: user, normal',
      'second',
      'up',
      '1',
      'true',
      'hello',
      'true',
    ]);
    expect(status).toBe(0);
  });

  it('ends with a status for each kind of failure', async () => {
    const statusOf = async (args: string[], input?: string): Promise<number | null> =>
      (await sut.run(args, input)).status;
    expect((await sut.run(['app', 'ls'])).stderr).toContain('To sign in: stackscape login');
    expect((await sut.run(['app', 'ls', '--json'])).stderr).not.toContain('To sign in');
    const guess = ['register', '-u', 'x', '--password-stdin', '--setup-token', 'wrong'];
    expect((await sut.run(guess, PASSWORD)).stderr).toContain('register --setup-token <token>');
    expect(await statusOf(['app', 'ls'])).toBe(3);
    expect(
      await statusOf(['register', '-u', 'admin', '--password-stdin', ...setup()], PASSWORD),
    ).toBe(0);
    expect(await statusOf(['login', '-u', 'admin', '--password-stdin'], 'wrong')).toBe(3);
    expect(await statusOf(['register', '-u', 'x', '--password-stdin'], PASSWORD)).toBe(4);
    expect(await statusOf(['app', 'info', 'hello'])).toBe(5);
    expect(await statusOf(['user', 'add', 'admin', '--password-stdin'], PASSWORD)).toBe(6);
    expect(await statusOf(['compute', 'add', '--pid', '1', '--ctdna', '0', '--cpg', '1'])).toBe(7);
    expect(await statusOf(['app', 'frobnicate'])).toBe(2);
    expect(await statusOf(['app', 'uninstall', 'hello'])).toBe(5);
    expect(await statusOf(['login', '-u', 'admin'])).toBe(2);
    await statusOf(['user', 'add', 'bob', '--password-stdin'], PASSWORD);
    await statusOf(['user', 'quota', 'bob', '0']);
    expect(await statusOf(['login', '-p', 'bob', '-u', 'bob', '--password-stdin'], PASSWORD)).toBe(
      0,
    );
    const add = ['compute', 'add', '--pid', '1', '--ctdna', '9', '--cpg', '1'];
    expect(await statusOf([...add, '-p', 'bob'])).toBe(8);
    expect(await statusOf(['whoami', '--server', 'http://127.0.0.1:9'])).toBe(9);
  });

  it('keeps tokens where only their owner reads them, and speaks Chinese without colours when asked', async () => {
    await sut.run(['register', '-u', 'admin', '--password-stdin', ...setup()], PASSWORD);
    const folder = join(sut.home, '.config', 'stackscape');
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    expect(readFileSync(join(folder, 'profiles.json'), 'utf8')).not.toContain('token');

    const chinese = sut.terminal(['--lang', 'zh', 'app', 'info', 'nosuchapp']);
    expect((await chinese.finished()).text).toContain('nosuchapp');
    expect(chinese.output).toMatch(/\p{Script=Han}/u);
    const plain = new CommandLine(app.url, { NO_COLOR: '1', HOME: sut.home });
    const risks = plain.terminal(['server', 'risks']);
    expect((await risks.finished()).status).toBe(0);
    expect(risks.output).not.toContain('\u001b[');
    plain.remove();
  });

  it('completes words in bash', async () => {
    const { stdout, stderr } = await sut.script(`
      source <(stackscape completion bash)
      COMP_WORDS=(stackscape app inst) COMP_CWORD=2; _stackscape; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(stackscape compute ""); COMP_CWORD=2; _stackscape; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(stackscape app logs --fo); COMP_CWORD=3; _stackscape; echo "\${COMPREPLY[*]}"
    `);
    expect(stderr).toBe('');
    const [app1, compute, logs] = stdout.trim().split('\n');
    expect([app1, logs]).toEqual(['install', '--follow']);
    expect(compute?.split(' ')).toEqual(expect.arrayContaining(['add', 'batch', 'stats', 'watch']));
  });
});
