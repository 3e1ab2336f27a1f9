import { engineCallChannel } from '../../../src/platform/docker/engine-call';
import { AppLab, docker } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import { queriesDuring } from '../../support/measures/query-counter';

/** The promise: what the engine says shows within this, whatever the load. */
const MAX_AGE_MS = 1_000;

const alwaysUp = (image: string): string => `
services:
  web:
    image: ${image}
    restart: "no"
    ports: ["\${HTTP_PORT:-9001}:8080"]
`;

describe('getAppInfo under load', () => {
  let lab: AppLab;
  let image: string;
  beforeAll(async () => {
    lab = await AppLab.start();
    image = await lab.image({ listen: [8080] });
    await lab.writeApp('busy', alwaysUp(image));
    await lab.installed('busy');
  });
  afterAll(async () => {
    await lab.uninstall('busy');
    await lab.close();
  });

  it('is never older than the promise', async () => {
    const container = docker.getContainer(lab.containerName('busy'));
    /** Answers with the moments at which they were asked for. */
    const seen: { askedAt: number; answeredAt: number; running: boolean }[] = [];
    let over = false;
    const ask = async (): Promise<void> => {
      while (!over) {
        const askedAt = performance.now();
        const { status } = await lab.info('busy');
        seen.push({ askedAt, answeredAt: performance.now(), running: status === '1' });
      }
    };
    const clients = Array.from({ length: 16 }, ask);
    /** From when on every answer must say so: the engine had said it `MAX_AGE_MS` before. */
    const changes: { running: boolean; from: number; until: number }[] = [];
    for (let round = 0; round < 4; round++) {
      const running = round % 2 === 1;
      if (running) await container.start();
      else await container.kill();
      const from = performance.now() + MAX_AGE_MS;
      const isOver = (): boolean =>
        performance.now() > from + 1_500 && seen.some(({ askedAt }) => askedAt >= from);
      await pollUntil('answers after that', isOver);
      changes.push({ running, from, until: performance.now() });
    }
    over = true;
    await Promise.all(clients);
    for (const { running, from, until } of changes) {
      const answers = seen.filter(
        ({ askedAt, answeredAt }) => askedAt >= from && answeredAt <= until,
      );
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.filter((answer) => answer.running !== running)).toEqual([]);
    }
  });

  it('answers from memory, without a statement and without a call of the engine', async () => {
    await pollUntil('the app to run', async () => (await lab.info('busy')).status === '1');
    let calls = 0;
    const count = (): void => void (calls += 1);
    engineCallChannel.subscribe(count);
    // Background work asks too, and twice a second a request has the memory read again.
    const costs: number[] = [];
    for (let i = 0; i < 30 && !costs.includes(0); i++) {
      calls = 0;
      const queries = await queriesDuring(lab.server.dataSource, () => lab.info('busy'));
      costs.push(queries.length + calls);
    }
    engineCallChannel.unsubscribe(count);
    expect(Math.min(...costs)).toBe(0);
  });
});
