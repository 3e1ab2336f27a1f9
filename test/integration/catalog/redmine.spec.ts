import { AppLab, CLEAN, docker, pageAt } from '../../support/factories/app-lab';
import { publishStandIn, testRegistry } from '../../support/stand-in-image';

/** The images that the template names, asked of the registry of this run. */
const images = { redmine: 'redmine:6.0.6', db: 'postgres:17.6-alpine' } as const;

describe('redmine of our own catalog, with its database', () => {
  let lab: AppLab;

  beforeAll(async () => {
    lab = await AppLab.start({ IMAGE_MIRROR: testRegistry() });
    const database = await publishStandIn(images.db, {
      listen: [5432],
      listenAfterSeconds: 3,
      page: 'the database',
      requiredEnv: ['POSTGRES_DB', 'POSTGRES_USER', 'POSTGRES_PASSWORD'],
      files: { '/bin/pg_isready': '#!/bin/sh\nexec wget -qO /dev/null http://127.0.0.1:5432/\n' },
    });
    const redmine = await publishStandIn(images.redmine, {
      listen: [3000],
      requiredEnv: ['REDMINE_DB_PASSWORD', 'SECRET_KEY_BASE', 'ADMIN_PASSWORD'],
      // It first asks its database by the name in the template.
      files: {
        '/bin/rails':
          '#!/bin/sh\nwget -qO /www/database "http://$REDMINE_DB_POSTGRES:5432/" || exit 70\nexec /start.sh\n',
        '/www/login': 'the sign-in page\n',
      },
    });
    lab.track(database);
    lab.track(redmine);
  });

  afterAll(() => lab.close());

  it('is pulled, starts after its database, answers on both ports and is removed completely', async () => {
    const accepted = await lab.install('redmine');
    expect(accepted.status).toBe(200);
    expect(accepted.body.data).toMatchObject({ containerName: lab.containerName('redmine') });
    const info = await lab.settled('redmine', '1');
    expect(await pageAt(info.port, '/login')).toBe('the sign-in page');
    expect(await pageAt(info.port, '/database')).toBe('the database');
    expect(await pageAt(info.db_port)).toBe('the database');

    const main = await docker.getContainer(lab.containerName('redmine')).inspect();
    const database = await docker.getContainer(await nameOf('db')).inspect();
    expect(main.State.Health?.Status).toBe('healthy');
    const firstHealthy = database.State.Health?.Log.find(({ ExitCode }) => ExitCode === 0);
    expect(Date.parse(main.State.StartedAt)).toBeGreaterThanOrEqual(
      Date.parse(firstHealthy?.End ?? ''),
    );
    const password = valueOf(database, 'POSTGRES_PASSWORD');
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(valueOf(main, 'REDMINE_DB_PASSWORD')).toBe(password);
    expect(valueOf(main, 'ADMIN_PASSWORD')).not.toBe(password);
    expect(database.HostConfig.PortBindings['5432/tcp']).toEqual([
      { HostIp: '127.0.0.1', HostPort: info.db_port },
    ]);

    expect((await lab.uninstall('redmine')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  async function nameOf(service: string): Promise<string> {
    const [found] = await docker.listContainers({
      all: true,
      filters: {
        label: [
          `com.docker.compose.project=${lab.containerName('redmine')}`,
          `com.docker.compose.service=${service}`,
        ],
      },
    });
    return found?.Id ?? '';
  }
});

function valueOf(container: { Config: { Env: string[] } }, name: string): string | undefined {
  const entry = container.Config.Env.find((line) => line.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}
