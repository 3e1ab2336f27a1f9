import { randomBytes } from 'node:crypto';
import { ImageChecks } from '../../src/apps/images/image-checks';
import { RetiredImages } from '../../src/apps/images/retired-images';
import { UpdateWatch } from '../../src/apps/updates/update-watch';
import { BackupLab } from '../support/factories/backup-lab';
import { docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';

const PATIENT = { deadlineMs: 240_000, everyMs: 100 };

/** Images that are named by a tag, which comes to stand for another one. */
describe('an app whose tag has moved', () => {
  let lab: BackupLab;
  beforeAll(async () => {
    lab = await BackupLab.start({ BACKUP_REPOSITORIES: '' });
  }, 120_000);
  afterAll(() => lab.close(), 120_000);

  const server = () => lab.server.app;
  const sql = (text: string, values: unknown[] = []) => lab.server.dataSource.query(text, values);
  const publish = async (name: string, page: string): Promise<string> =>
    lab.lab.track(await publishStandIn(name, { listen: [8080], page }));
  const imageOf = async (app: string): Promise<string> =>
    (await docker.getContainer(lab.lab.containerName(app)).inspect()).Image;
  const isThere = (id: string): Promise<boolean> =>
    docker
      .getImage(id)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  const page = (port: string, text: string) =>
    pollUntil(`the page ${text}`, async () => (await pageAt(port)) === text, PATIENT);

  /** Installs from a tag, saves, moves the tag and upgrades. */
  async function moved(app: string) {
    const name = `tag-${randomBytes(5).toString('hex')}:latest`;
    const image = await publish(name, 'old');
    await lab.lab.writeApp(
      app,
      `services:\n  web:\n    image: ${image}\n    ports: ["\${HTTP_PORT:-9001}:8080"]\n    volumes: [data:/data]\nvolumes: { data: }\n`,
    );
    const { port } = await lab.lab.installed(app);
    const old = await imageOf(app);
    const backup = await lab.saved(app);
    // The engine keeps what runs: only its name goes.
    await publish(name, 'new');
    await docker.getImage(old).tag({ repo: image.slice(0, -':latest'.length), tag: 'latest' });
    await upgraded(app, port);
    const now = await imageOf(app);
    expect(now).not.toBe(old);
    expect((await docker.getImage(old).inspect()).RepoTags).toEqual([]);
    return { image, port, old, now, backup };
  }

  async function upgraded(app: string, port: string): Promise<void> {
    await server().get(UpdateWatch).tick(true);
    await server().get(ImageChecks).askSoon();
    await server().get(UpdateWatch).tick(true);
    const http = lab.admin.http.with({ 'accept-language': 'en' });
    const answer = await http.post(`/api/v1/apps/${app}/upgrade`, { backup: false });
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    await lab.settled(app, '1', 240_000);
    await page(port, 'new');
    await pollUntil('the upgrade to end', async () => {
      const [row] = await sql('SELECT state FROM app_installations WHERE activeApp = ?', [app]);
      return row.state === 'installed';
    }, PATIENT); // prettier-ignore
  }

  it('is restored with the image of then, also where the engine has lost it', async () => {
    const { image, port, old, backup } = await moved('returns');
    await lab.done('returns', 'POST', `/${backup.id}/restore`);
    await page(port, 'old');
    expect(await imageOf('returns')).toBe(old);
    expect((await docker.getImage(image).inspect()).Id).toBe(old);
    await upgraded('returns', port);
    await docker.getImage(old).remove({ force: true });
    expect(await isThere(old)).toBe(false);
    const restored = await lab.done('returns', 'POST', `/${backup.id}/restore`);
    expect(restored).toMatchObject({ state: 'saved', failure: null });
    await page(port, 'old');
    expect(await imageOf('returns')).toBe(old);
  }, 600_000);

  it('keeps the image of before for the days of a way back, as long as a backup may need it, and no longer', async () => {
    const { old, now, backup } = await moved('tidies');
    const retired = server().get(RetiredImages);
    const kept = async (why: string): Promise<void> => {
      await retired.sweep();
      expect([why, await isThere(old)]).toEqual([why, true]);
    };
    const ago = 'UTC_TIMESTAMP(3) - INTERVAL 8 DAY';
    await kept('its upgrade was just now');
    await sql(`UPDATE retired_images SET retiredAt = ${ago} WHERE imageId = ?`, [old]);
    await kept('a backup of today was made with it');
    await sql(`UPDATE app_backups SET createdAt = ${ago}, keptUntil = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE id = ?`, [backup.id]); // prettier-ignore
    await kept('a backup that is kept was made with it');
    await sql('UPDATE app_backups SET keptUntil = NULL WHERE id = ?', [backup.id]);
    const user = await docker.createContainer({ Image: old, name: `${lab.prefix}user` });
    await kept('a container is made from it');
    await user.remove({ force: true });
    expect(await retired.sweep()).toBe(1);
    expect(await isThere(old)).toBe(false);
    expect(await imageOf('tidies')).toBe(now);
    expect(await sql('SELECT 1 FROM retired_images WHERE imageId = ?', [old])).toEqual([]);
  }, 600_000);
});
