import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HomeSecrets } from '../../../src/apps/homes/home-secrets';
import { OperatorError } from '../../../src/platform/errors/operator-error';
import { createInstallation, startTestApp, type TestApp, type TestInstallation } from '../../support/test-app'; // prettier-ignore

const ROUNDS = 10;

describe('the first homes of an installation, at the same time', () => {
  let installation: TestInstallation;
  let folder: string;
  /** On the same database: two with the same secrets, and one with others. */
  let same: TestApp[];
  let stranger: TestApp;
  beforeAll(async () => {
    installation = await createInstallation();
    folder = await mkdtemp(join(tmpdir(), 'stackscape-stranger-'));
    same = [await startTestApp({}, installation), await startTestApp({}, installation)];
    stranger = await startTestApp({ DATA_DIR: folder }, installation);
  });
  afterAll(async () => {
    for (const app of [...same, stranger]) await app.close();
    await installation.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const query = <T>(sql: string): Promise<T[]> => stranger.dataSource.query<T[]>(sql);
  /** Admits each at a node of its own; which of them were, by number. */
  const admitted = async (apps: readonly TestApp[]): Promise<number[]> => {
    await query('DELETE FROM app_homes');
    await query('UPDATE system_state SET appKeyFingerprint = NULL, tokenKeyFingerprint = NULL, pepperFingerprint = NULL'); // prettier-ignore
    const outcomes = await Promise.allSettled(
      apps.map(({ app }, index) =>
        app.get(HomeSecrets).admit({ id: `n${index}`, name: `m${index}` }),
      ),
    );
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toBeInstanceOf(OperatorError);
        for (const file of ['app-secrets.key', 'jwt-secret', 'password-pepper'])
          expect((outcome.reason as OperatorError).text.en).toContain(file);
      }
    const homes = await query<{ nodeId: string }>('SELECT nodeId FROM app_homes ORDER BY nodeId');
    const inside = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(homes.map(({ nodeId }) => nodeId)).toEqual(inside.map((index) => `n${index}`));
    return inside;
  };

  it('are both admitted with the same secrets', async () => {
    for (let round = 0; round < ROUNDS; round += 1) expect(await admitted(same)).toEqual([0, 1]);
  });

  it('are told apart with different ones: the first one decides', async () => {
    for (let round = 0; round < ROUNDS; round += 1)
      expect(await admitted([same[0]!, stranger])).toHaveLength(1);
  });
});
