import { ApiProcess } from '../../support/api-process';
import { readEvents, readUntilCut, type ReadEvent } from '../../support/event-reader';
import { AppLab } from '../../support/factories/app-lab';
import { ThrottledRegistry } from '../../support/factories/throttled-registry';
import { pollUntil } from '../../support/poll-until';
import { publishStandIn } from '../../support/stand-in-image';

interface EventRow {
  readonly id: string;
  readonly createdAt: Date;
}

describe('the events of an install over a restart of the API', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start(); // the worker: it goes on while the API is away
  });
  afterAll(() => lab.close());

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'resume with Last-Event-ID without gap or duplicate (%s)',
    async (signal) => {
      const registry = await ThrottledRegistry.start(400_000);
      const image = await publishStandIn(`told-${Date.now()}:1`, {
        listen: [8080],
        layersMebibytes: [1, 1],
      });
      const name = `told-${signal.toLowerCase()}`;
      await lab.writeApp(
        name,
        `services:\n  web: { image: "${lab.track(registry.through(image))}", ports: ["9001:8080"] }\n`,
      );
      const path = `/api/v1/apps/${name}/events`;
      const token = lab.admin.accessToken;
      const first = await ApiProcess.start(lab.installation.environment);
      await lab.install(name);
      const before: ReadEvent[] = [];
      const reading = readUntilCut(first.http.url + path, token, (event) => before.push(event));
      await pollUntil('the pull to be told', () => before.length >= 4);
      await first.kill(signal);
      await reading;
      const cutAt = new Date();

      const second = await ApiProcess.start(lab.installation.environment);
      const backAt = new Date();
      const after = await readEvents(second.http.url + path, token, {
        lastEventId: before.at(-1)?.id ?? '',
        until: (events) => events.some(({ data }) => data['phase'] === 'running'),
      });
      await second.kill('SIGTERM');

      const told = [...before, ...after].map((event) => Number(event.id));
      const rows: EventRow[] = await lab.server.dataSource.query(
        'SELECT id, createdAt FROM app_events WHERE appName = ? AND id <= ? ORDER BY id',
        [name, Math.max(...told)],
      );
      expect([...told].sort((a, b) => a - b)).toEqual(rows.map((row) => Number(row.id)));
      const missed = rows.filter(({ createdAt }) => createdAt > cutAt && createdAt < backAt);
      expect(missed.length).toBeGreaterThan(0);
      await lab.uninstall(name);
      await registry.stop();
    },
  );
});
