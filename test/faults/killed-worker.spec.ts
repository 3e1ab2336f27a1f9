import { killAfterEveryStep } from '../chaos/kill-after-every-step';
import { AppLab, CLEAN } from '../support/factories/app-lab';

/** A few of the points that `npm run test:chaos` goes through one by one. */
const KILL_POINTS = [1, 6, 12];

describe('an install whose worker is killed with SIGKILL', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start({ ROLE: 'api' });
  });
  afterAll(() => lab.close());

  it('is resumed by the next worker and runs', async () => {
    const image = await lab.image({ listen: [8080] });
    for (const point of KILL_POINTS) {
      await lab.writeApp(
        `dies${point}`,
        `
services:
  web: { image: ${image}, ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"], depends_on: [db] }
  db: { image: ${image} }
volumes: { data: }
`,
      );
    }
    const outcomes = await killAfterEveryStep({
      lab,
      appFor: (point) => `dies${point}`,
      count: 'install',
      killPoints: KILL_POINTS,
      atOnce: KILL_POINTS.length,
    });
    expect(outcomes.map(({ killed, phase }) => [killed, phase])).toEqual(
      KILL_POINTS.map(() => [true, 'running']),
    );
    expect((await lab.leftovers()).containers).toHaveLength(KILL_POINTS.length * 2);
    await lab.admin.http.post('/uninstallAllApp', { removeData: true });
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
