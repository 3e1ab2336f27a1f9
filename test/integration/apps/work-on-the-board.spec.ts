import { AppLab, CLEAN } from '../../support/factories/app-lab';
import { overSwarm } from '../../support/places';
import { pollUntil } from '../../support/poll-until';

interface Job {
  readonly name: string;
  readonly data: { readonly appName: string };
  readonly progress: { readonly phase?: string };
  readonly failedReason?: string;
}

const web = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
`;

describe('installs on the queue board', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());

  const board = async (query = ''): Promise<{ name: string; jobs: Job[] }[]> =>
    (await lab.admin.http.get(`/admin/queues/api/queues${query}`)).body.queues;

  async function jobs(status: 'active' | 'completed' | 'failed'): Promise<Job[]> {
    // In a Swarm each home has one of its own.
    const names = (await board()).map(({ name }) => name);
    const queue = names.find((name) => (overSwarm ? /^installs-./ : /^installs$/).test(name));
    const shown = await board(`?activeQueue=${queue}&status=${status}&page=1&jobsPerPage=20`);
    return shown.find(({ name }) => name === queue)?.jobs ?? [];
  }

  it('are active with phase and percent as long as they last, and fail with the cause', async () => {
    const slow = await lab.image({ listen: [8080], listenAfterSeconds: 120 });
    await lab.writeApp('shown', web(slow));
    await lab.install('shown');
    const active = await pollUntil('the phase on the board', async () =>
      (await jobs('active')).find(({ progress }) => progress.phase === 'waiting'),
    );
    expect(active).toMatchObject({ name: 'install', data: { appName: 'shown' } });
    await lab.admin.http.post('/api/v1/apps/shown/cancel');
    const failed = await pollUntil('the job to end', async () => (await jobs('failed'))[0]);
    expect(failed).toMatchObject({ name: 'install', data: { appName: 'shown' } });
    expect(failed.failedReason).toContain('cancelled');
    expect(await jobs('active')).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('are completed when the app runs', async () => {
    await lab.writeApp('done', web(await lab.image({ listen: [8080] })));
    await lab.installed('done');
    const job = await pollUntil('the job to end', async () => (await jobs('completed'))[0]);
    expect(job).toMatchObject({ name: 'install', data: { appName: 'done' } });
    await lab.uninstall('done');
  });
});
