import { AppLab } from '../../support/factories/app-lab';
import { CommandLine } from '../../support/command-line';

describe('apps on the command line', () => {
  let lab: AppLab;
  let cli: CommandLine;
  const publish = async (version: string, image: string): Promise<void> => {
    await lab.writeApp('wiki', `services:\n  wiki:\n    image: ${image}\n    ports: ["\${HTTP_PORT:-9001}:80"]\n`, { 'app.json': JSON.stringify({ title: { zh: '维基', en: 'Wiki' }, category: 'tool', version }) }); // prettier-ignore
    await lab.admin.http.post('/api/v1/catalogue/reload');
  };

  beforeAll(async () => {
    lab = await AppLab.start();
    cli = new CommandLine(lab.server.url);
    await publish('1', await lab.image({ listen: [80] }));
    await lab.installed('wiki');
    const login = await cli.run(
      ['login', '--user', lab.admin.name, '--password-stdin'],
      `password of ${lab.admin.name}\n`,
    );
    expect(login).toMatchObject({ status: 0 });
  });
  afterAll(async () => {
    cli?.remove();
    await lab?.close();
  });

  it('show their updates in words, and the policy for them is set', async () => {
    expect(await cli.run(['app', 'updates'])).toMatchObject({ status: 0, stdout: 'no updates\n' });
    await publish('2', await lab.image({ listen: [80], page: 'two' }));
    const { stdout } = await cli.run(['app', 'updates', 'wiki']);
    expect(stdout).toContain('version 1 → 2');
    expect((await cli.run(['app', 'updates', '--check'])).stdout).toMatch(/asking for \d+ images/);
    expect((await cli.run(['app', 'updates', 'nosuchapp'])).status).not.toBe(0);
    const window = [
      'window',
      '--cron',
      '30 3 * * 0',
      '--zone',
      'Europe/Berlin',
      '--minutes',
      '120',
    ];
    expect((await cli.run(['app', 'update-policy', 'wiki', ...window])).stdout).toContain('30 3 * * 0 (Europe/Berlin), 120 min'); // prettier-ignore
    expect((await cli.run(['app', 'update-policy', 'wiki', 'window'])).status).not.toBe(0);
    expect((await cli.run(['app', 'update-policy', 'wiki'])).stdout).toContain('window');
  });

  it('install an app once more, as an instance with a name of its own', async () => {
    const named = ['wiki', '--instance', 'two'];
    expect((await cli.run(['app', 'plan', ...named])).stdout).toContain('wiki');
    const { status, stdout } = await cli.run(['app', 'install', ...named]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('wiki--two is running at port')]);
    expect((await cli.run(['app', 'ls'])).stdout).toContain('wiki--two');
    const refused = await cli.run(['app', 'install', 'wiki', '--instance', 'Two']);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('lower-case letters and digits');
    expect((await cli.run(['app', 'uninstall', '-y', 'wiki--two'])).status).toBe(0);
  });
});
