import { randomBytes } from 'node:crypto';
import { ImageChecks } from '../../../src/apps/images/image-checks';
import { UpdateWatch } from '../../../src/apps/updates/update-watch';
import { AppLab, docker, pageAt, type AppInfo } from '../../support/factories/app-lab';
import { FaultyRegistry, type RegistryFault } from '../../support/factories/faulty-registry';
import { pollUntil } from '../../support/poll-until';
import { publishStandIn, type StandInBehaviour } from '../../support/stand-in-image';
import type { TestApp } from '../../support/test-app';

const PATIENT = { everyMs: 100 };
const DIGEST = /^sha256:[0-9a-f]{64}$/;

interface Update {
  readonly available: boolean;
  readonly obstacle: string | null;
  readonly changes: string[];
  readonly templateDigest: { from: string; to: string | null };
  readonly version: { from: string | null; to: string | null };
  readonly images: {
    service: string;
    from: string | null;
    to: string | null;
    change: string;
    runningId: string | null;
    registryDigest: string | null;
    checkedAt: number | null;
    reason: string | null;
  }[];
  readonly variables: { name: string; change: string; problem: string | null }[];
  readonly ports: object[];
  readonly volumes: object[];
}

describe('updates of installed apps', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start({ BACKUP_REPOSITORIES: '' });
  });
  afterAll(() => lab.close());

  const english = () => lab.admin.http.with({ 'accept-language': 'en' });
  const updates = async (): Promise<({ appName: string } & Update)[]> => {
    const answer = await english().get('/api/v1/apps/updates');
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.data;
  };
  const updateOf = async (app: string): Promise<Update> => {
    const found = (await updates()).find(({ appName }) => appName === app);
    if (!found) throw new Error(`${app} is not in the list`);
    return found;
  };
  const looked = (server: TestApp = lab.server) => server.app.get(UpdateWatch).tick(true);
  const lookAgain = async (): Promise<void> => {
    await lab.server.app.get(ImageChecks).askSoon();
    await looked();
  };
  const told = async (app: string): Promise<{ text: { en: string }; from: string; to: string }[]> =>
    (
      await lab.server.dataSource.query(
        "SELECT data FROM app_events WHERE appName = ? AND type = 'update' ORDER BY id",
        [app],
      )
    ).map(
      // prettier-ignore
      ({ data }: { data: string }) => JSON.parse(data),
    );
  const upgrade = (app: string, body: object = {}) =>
    english().post(`/api/v1/apps/${app}/upgrade`, { backup: false, ...body });
  const upgraded = (app: string): Promise<AppInfo> =>
    pollUntil(`the upgrade of ${app} to end`, async () => {
      const info = await lab.info(app);
      return info.phase === 'running' ? info : null;
    }, PATIENT); // prettier-ignore
  const imageOf = async (app: string): Promise<string> =>
    (await docker.getContainer(lab.containerName(app)).inspect()).Image;

  /** Publishes another image under the same tag. */
  async function publish(name: string, behaviour: StandInBehaviour): Promise<string> {
    return lab.track(await publishStandIn(name, behaviour));
  }
  const someTag = (): string => `app-${randomBytes(5).toString('hex')}:latest`;
  const compose = (image: string): string =>
    `services:\n  web:\n    image: ${image}\n    ports: ["\${HTTP_PORT:-9001}:8080"]\n    volumes: [data:/data]\nvolumes: { data: }\n`;
  const metadata = (version: string, more: object = {}): Record<string, string> => ({
    'app.json': JSON.stringify({
      title: { zh: '应用', en: 'An app' },
      category: 'tool',
      version,
      ...more,
    }),
  });

  it('are none while template and tags are as they were', async () => {
    const image = await publish(someTag(), { listen: [8080] });
    await lab.writeApp('calm', compose(image), metadata('1'));
    await lab.installed('calm');
    const before = await updateOf('calm');
    expect(before.images[0]).toMatchObject({
      change: 'unknown',
      reason: 'its registry has not been asked yet',
    });
    await looked();
    const update = await updateOf('calm');
    expect(update).toMatchObject({
      available: false,
      obstacle: null,
      changes: [],
      version: { from: '1', to: '1' },
      variables: [],
      ports: [],
      volumes: [],
    });
    expect(update.templateDigest.to).toBe(update.templateDigest.from);
    expect(update.images).toEqual([
      {
        service: 'web',
        from: image,
        to: image,
        change: 'same',
        runningId: await imageOf('calm'),
        registryDigest: expect.stringMatching(DIGEST),
        checkedAt: expect.any(Number),
        reason: null,
      },
    ]);
    expect(await told('calm')).toEqual([]);
  });

  it('are told once where a tag moves, and an upgrade pulls what is announced', async () => {
    const name = someTag();
    const image = await publish(name, { listen: [8080], page: 'old' });
    await lab.writeApp('moving', compose(image), metadata('1'));
    const { port } = await lab.installed('moving');
    await looked();
    const old = await docker.getImage(image).inspect();
    await docker.getImage(image).tag({ repo: 'kept-for-test', tag: name.split(':')[0] ?? '' });
    lab.track(`kept-for-test:${name.split(':')[0]}`);
    await publish(name, { listen: [8080], page: 'new' });
    await docker.getImage(old.Id).tag({ repo: image.slice(0, -':latest'.length), tag: 'latest' });
    const second = await lab.startSecondServer();
    await lab.server.app.get(ImageChecks).askSoon();
    await Promise.all([looked(), looked(second)]);
    await Promise.all([looked(), looked(second)]);
    await second.close();
    const update = await updateOf('moving');
    expect(update).toMatchObject({
      available: true,
      changes: [`image of web: the registry has a newer ${image}`],
      version: { from: '1', to: '1' },
    });
    expect(update.images[0]).toMatchObject({ change: 'moved', runningId: old.Id, reason: null });
    expect(await told('moving')).toEqual([
      expect.objectContaining({
        text: expect.objectContaining({ en: `Update: image of web: the registry has a newer ${image}` }), // prettier-ignore
      }),
    ]);
    expect((await upgrade('moving')).status).toBe(200);
    await upgraded('moving');
    expect(await pageAt(port)).toBe('new');
    await lookAgain();
    expect(await updateOf('moving')).toMatchObject({ available: false, changes: [] });
  });

  it('return the tag as well where the new image fails', async () => {
    const name = someTag();
    const image = await publish(name, { listen: [8080], page: 'good' });
    await lab.writeApp('falling', compose(image), metadata('1'));
    const { port } = await lab.installed('falling');
    const good = await imageOf('falling');
    await docker.getImage(good).tag({ repo: 'kept-for-test', tag: `f-${name.split(':')[0]}` });
    lab.track(`kept-for-test:f-${name.split(':')[0]}`);
    await publish(name, { exitCode: 9 });
    await docker.getImage(good).tag({ repo: image.slice(0, -':latest'.length), tag: 'latest' });
    await lookAgain();
    expect((await updateOf('falling')).available).toBe(true);
    await upgrade('falling');
    const info = await upgraded('falling');
    expect(info.info).toContain('the old version runs again');
    expect(await pageAt(port)).toBe('good');
    expect((await docker.getImage(image).inspect()).Id).toBe(good);
    expect(await imageOf('falling')).toBe(good);
    expect((await updateOf('falling')).images[0]).toMatchObject({ change: 'moved' });
  });

  it('say what another template would change, and what must be given', async () => {
    const one = await lab.image({ listen: [8080], page: 'one' });
    const two = await lab.image({ listen: [8080, 9090], page: 'two' });
    const helper = await lab.image();
    const variable = (name: string, more: object = {}) => ({
      name,
      title: { zh: name, en: name },
      type: 'string',
      ...more,
    });
    await lab.writeApp(
      'growing',
      compose(one).replace(
        '    volumes',
        '    environment: { A: "${COLOR}${SHAPE}" }\n    volumes',
      ),
      {
        // prettier-ignore
        ...metadata('1', { variables: [variable('COLOR'), variable('SHAPE')] }),
      },
    );
    const { port } = await lab.installed('growing', {
      variables: { COLOR: 'red', SHAPE: 'round' },
    });
    await looked();
    const local = await updateOf('growing');
    expect(local.available).toBe(false);
    expect(local.images[0]).toMatchObject({ change: 'unknown', reason: 'it was not pulled from a registry' }); // prettier-ignore
    await lab.writeApp(
      'growing',
      `services:
  web:
    image: ${two}
    environment: { A: "\${SHAPE}\${SIZE}" }
    ports: ["\${HTTP_PORT:-9001}:8080", "9009:9090"]
    volumes: [store:/data]
  helper:
    image: ${helper}
volumes: { store: }
`,
      metadata('2', {
        variables: [variable('SHAPE', { required: true, pattern: 'square' }), variable('SIZE', { required: true })], // prettier-ignore
      }),
    );
    await lab.admin.http.post('/api/v1/catalogue/reload');
    const update = await updateOf('growing');
    expect(update).toMatchObject({
      available: true,
      obstacle: null,
      version: { from: '1', to: '2' },
      images: [
        { service: 'web', from: one, to: two, change: 'replaced' },
        { service: 'helper', from: null, to: helper, change: 'added' },
      ],
      variables: [
        { name: 'SHAPE', change: 'required', problem: expect.any(String) },
        { name: 'SIZE', change: 'added', problem: expect.stringContaining('is required') },
        { name: 'COLOR', change: 'removed', problem: null },
      ],
      ports: [{ service: 'web', containerPort: 9090, protocol: 'tcp', change: 'added' }],
      volumes: [
        { name: `${lab.prefix}growing_store`, change: 'added' },
        { name: `${lab.prefix}growing_data`, change: 'removed' },
      ],
    });
    expect(update.templateDigest.to).not.toBe(update.templateDigest.from);
    expect(update.changes).toEqual(
      expect.arrayContaining([
        'version 1 → 2',
        `image of web: ${one} → ${two}`,
        `new service: helper (${helper})`,
        'variable goes: COLOR',
        'new port: 9090/tcp of web',
        `new volume: ${lab.prefix}growing_store`,
        `volume no longer used: ${lab.prefix}growing_data (its data stay)`,
      ]),
    );
    await looked();
    expect(await told('growing')).toEqual([expect.objectContaining({ from: '1', to: '2' })]);

    const refused = await upgrade('growing');
    expect(refused).toMatchObject({ status: 400, body: { code: 30001 } });
    expect(JSON.stringify(refused.body)).toMatch(/SHAPE.*SIZE|SIZE.*SHAPE/);
    expect(JSON.stringify(refused.body)).not.toContain('COLOR');
    expect(await upgrade('growing', { variables: { COLOR: 'red', SHAPE: 'square', SIZE: '9' } })).toMatchObject({ status: 400 }); // prettier-ignore
    // What was set at the install and is gone from the template does not stand in the way.
    expect((await upgrade('growing', { variables: { SHAPE: 'square', SIZE: '9' } })).status).toBe(200); // prettier-ignore
    expect(await upgraded('growing')).toMatchObject({ version: '2' });
    expect(await pageAt(port)).toBe('two');
    expect(await updateOf('growing')).toMatchObject({
      available: false,
      changes: [],
      variables: [],
    });
  });

  it('are told of templates that are gone, cannot be used or were not kept', async () => {
    const image = await lab.image({ listen: [8080] });
    const other = await lab.image({ listen: [8080] });
    await lab.writeApp('odd', compose(image), metadata('1'));
    await lab.installed('odd');
    await lab.writeApp('odd', compose(image).replace('    ports', '    privileged: true\n    ports'), metadata('2')); // prettier-ignore
    await lab.admin.http.post('/api/v1/catalogue/reload');
    const refused = await updateOf('odd');
    expect(refused).toMatchObject({ available: true, version: { from: '1', to: '2' } });
    expect(refused.obstacle).toContain('privileged');
    await looked();
    expect(await told('odd')).toEqual([]);
    // As a row of an older server: no image in it, and no copy of the template.
    await lab.server.dataSource.query(
      `UPDATE app_installations SET templateDigest = REPEAT('0', 64),
         manifest = REPLACE(manifest, '"image":', '"unknown":'),
         updatedAt = UTC_TIMESTAMP(3) WHERE appName = 'odd'`,
    );
    await lab.writeApp('odd', compose(other), metadata('3'));
    await lab.admin.http.post('/api/v1/catalogue/reload');
    await pollUntil('the row to be read again', async () => (await updateOf('odd')).templateDigest.from.startsWith('000')); // prettier-ignore
    expect(await updateOf('odd')).toMatchObject({
      available: true,
      obstacle: null,
      version: { from: '1', to: '3' },
      images: [{ from: image, to: other, change: 'replaced' }],
      variables: [],
      ports: [],
      volumes: [],
    });
  });

  describe('with a registry that does not tell', () => {
    let registry: FaultyRegistry;
    let name: string;
    beforeAll(async () => {
      registry = await FaultyRegistry.start(null);
      name = someTag();
      const image = registry.through(await publish(name, { listen: [8080] }));
      lab.track(image);
      await lab.writeApp('alone', compose(image), metadata('1'));
      await lab.installed('alone');
      await looked();
      expect((await updateOf('alone')).images[0]).toMatchObject({ change: 'same' });
    });

    it.each<[RegistryFault, string]>([
      ['limits', 'its registry has had too many requests'],
      ['fails', 'its registry has an internal error'],
      ['denies', 'its registry wants a login'],
      ['locks', 'its registry wants a login'],
      ['lies', 'its registry answers something that is no image'],
      ['hangs', 'its registry answers too slowly'],
    ])('because it %s, say so and keep what was known', async (fault, reason) => {
      registry.fault = fault;
      await lab.server.app.get(ImageChecks).askSoon();
      let asked = false;
      const asking = looked().then(() => (asked = true));
      await updates();
      if (fault === 'hangs') expect(asked).toBe(false);
      await asking;
      expect(await updateOf('alone')).toMatchObject({
        available: false,
        changes: [],
        images: [{ change: 'unknown', reason, registryDigest: expect.stringMatching(DIGEST) }],
      });
      registry.fault = null;
      await lookAgain();
      expect((await updateOf('alone')).images[0]).toMatchObject({ change: 'same', reason: null });
    });

    it('because it hangs, do not hold up the end of the server', async () => {
      const second = await lab.startSecondServer();
      registry.fault = 'hangs';
      const before = registry.spoilt;
      await lab.server.app.get(ImageChecks).askSoon();
      void looked(second);
      await pollUntil('the registry to be asked', () => registry.spoilt > before);
      const begun = performance.now();
      await second.close();
      expect(performance.now() - begun).toBeLessThan(8_000); // a registry has 10 s to answer
      registry.fault = null;
      // The round that ended has said nothing of it.
      expect((await updateOf('alone')).images[0]).toMatchObject({ change: 'same', reason: null });
      await lookAgain();
    });

    it('because it is away, still tell of what it had moved to before', async () => {
      await publish(name, { listen: [8080], page: 'newer' });
      await lookAgain();
      expect((await updateOf('alone')).available).toBe(true);
      await registry.stop();
      await lookAgain();
      expect(await updateOf('alone')).toMatchObject({
        available: true,
        images: [{ change: 'moved', reason: 'its registry does not answer' }],
      });
      expect(await told('alone')).toHaveLength(1);
    });
  });

  it('are asked for by administrators, and for nothing where registries are not to be asked', async () => {
    const answer = await lab.admin.http.post('/api/v1/apps/updates/check');
    expect(answer.body.data.images).toBeGreaterThan(0);
    const silent = await lab.startSecondServer({ UPDATE_CHECK_HOURS: '0' });
    const asked = await silent.http.as(lab.admin.accessToken).post('/api/v1/apps/updates/check');
    expect(asked.body.data).toEqual({ images: 0 });
    const list = await silent.http
      .as(lab.admin.accessToken)
      .with({ 'accept-language': 'en' })
      .get('/api/v1/apps/updates');
    expect(
      list.body.data.find(({ appName }: { appName: string }) => appName === 'calm'),
    ).toMatchObject({
      // prettier-ignore
      images: [{ change: 'unknown', reason: 'registries are not asked' }],
    });
    await silent.close();
    await lookAgain();
    const [{ n }] = await lab.server.dataSource.query('SELECT COUNT(*) AS n FROM image_checks');
    await lab.uninstall('calm');
    await looked();
    const [{ n: left }] = await lab.server.dataSource.query('SELECT COUNT(*) AS n FROM image_checks'); // prettier-ignore
    expect(Number(n) - Number(left)).toBe(1);
  });
});
