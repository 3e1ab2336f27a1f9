import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppLab, docker } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';

const run = promisify(execFile);
const ROUNDS = 7;

const template = (image: string, port: number, ordered: boolean): string => `
version: "3"
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["${port}:8080"]
${ordered ? '    depends_on: [db]' : ''}
  db:
    image: ${image}
    restart: unless-stopped
    volumes: ["data:/data"]
volumes: { data: }
`;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * The same two services, one network, one volume, images present: docker-compose 1.29, our install
 * from request to running (which includes waiting for its port to answer, as compose does not), and
 * the bare engine calls, in turn in each round.
 */
describe('an install against docker-compose', () => {
  let lab: AppLab;
  let image: string;
  beforeAll(async () => {
    lab = await AppLab.start();
    image = await lab.image({ listen: [8080] });
  });
  afterAll(() => lab.close());

  it.each([
    ['side by side', false],
    ['one after the other', true],
  ])(
    'is quicker, services starting %s',
    async (title, ordered) => {
      const port = lab.server.settings.appPortRange.from;
      await lab.writeApp('bench', template(image, port, ordered));
      // Once unmeasured each, so that no round pays for warming up.
      await bareCalls(port + 40, ordered);
      await ours();
      const times: Record<'compose' | 'ours' | 'floor', number[]> = {
        compose: [],
        ours: [],
        floor: [],
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        times.compose.push(await compose(port + 41, ordered));
        times.ours.push(await ours());
        times.floor.push(await bareCalls(port + 40, ordered));
      }
      const composeMs = median(times.compose);
      const oursMs = median(times.ours);
      const rounds = (values: readonly number[]): string => values.map(Math.round).join(' ');
      process.stderr.write(
        `[bench] two services ${title}, images present, median of ${ROUNDS}: ` +
          `docker-compose 1.29 up -d ${composeMs.toFixed(0)} ms, ` +
          `installApp to running ${oursMs.toFixed(0)} ms (ratio ${(oursMs / composeMs).toFixed(2)}, goal 0.50), ` +
          `bare engine calls ${median(times.floor).toFixed(0)} ms\n` +
          `[bench] each round: compose ${rounds(times.compose)}, ours ${rounds(times.ours)}, floor ${rounds(times.floor)}\n`,
      );
      expect(oursMs).toBeLessThan(composeMs);
    },
    300_000,
  );

  async function ours(): Promise<number> {
    const begun = performance.now();
    const answer = await lab.install('bench');
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    // The row is cheaper to ask than the API, whose own work would be measured with it.
    const jobId = answer.body.data.info as string;
    await pollUntil('bench to run', () => isInstalled(jobId), { everyMs: 10 });
    const took = performance.now() - begun;
    const gone = await lab.uninstall('bench');
    if (gone.status !== 200) throw new Error(JSON.stringify(gone.body));
    return took;
  }

  async function isInstalled(jobId: string): Promise<boolean> {
    const [row] = await lab.server.dataSource.query(
      'SELECT state FROM app_installations WHERE id = ?',
      [jobId],
    );
    return row?.state === 'installed';
  }

  async function compose(port: number, ordered: boolean): Promise<number> {
    const folder = await mkdtemp(join(tmpdir(), 'stackscape-bench-'));
    await writeFile(join(folder, 'docker-compose.yml'), template(image, port, ordered));
    const project = `${lab.prefix}compose`.replace(/[^a-z0-9]/g, '');
    const begun = performance.now();
    await run('docker-compose', ['-p', project, 'up', '-d'], { cwd: folder });
    const took = performance.now() - begun;
    await run('docker-compose', ['-p', project, 'down', '-v', '-t', '1'], { cwd: folder });
    await rm(folder, { recursive: true });
    return took;
  }

  async function bareCalls(port: number, ordered: boolean): Promise<number> {
    const name = `${lab.prefix}floor`;
    const begun = performance.now();
    const [network] = await Promise.all([
      docker.createNetwork({ Name: name }),
      docker.createVolume({ Name: name }),
    ]);
    const containers = await Promise.all([
      docker.createContainer({
        name: `${name}-web`,
        Image: image,
        ExposedPorts: { '8080/tcp': {} },
        HostConfig: {
          NetworkMode: name,
          PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
        },
      }),
      docker.createContainer({
        name: `${name}-db`,
        Image: image,
        HostConfig: { NetworkMode: name, Binds: [`${name}:/data`] },
      }),
    ]);
    if (ordered) for (const container of [...containers].reverse()) await container.start();
    else await Promise.all(containers.map((container) => container.start()));
    const took = performance.now() - begun;
    await Promise.all(containers.map((container) => container.remove({ force: true })));
    await network.remove();
    await docker.getVolume(name).remove();
    return took;
  }
});
