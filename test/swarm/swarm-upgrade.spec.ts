import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestTree } from '../../src/apps/backups/tree-digest';
import { UpdateWatch } from '../../src/apps/updates/update-watch';
import { DockerEngine } from '../../src/platform/docker/docker-engine';
import { killAfterEveryStep } from '../chaos/kill-after-every-step';
import { WorkerProcess } from '../chaos/worker-process';
import { CLEAN, type AppInfo } from '../support/factories/app-lab';
import { BackupLab } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab } from '../support/swarm/swarm-lab';

jest.setTimeout(400_000);

const PATIENT = { deadlineMs: 180_000, everyMs: 200 };
/** Of the changes to the Swarm, the rows of backups and the data, in an upgrade that goes well. */
const FORWARD_POINTS = [4, 14, 20, 23, 26, 29, 33, 38];
/** Of the changes to the Swarm and the data, once the old version is being restored. */
const BACK_POINTS = [1, 2, 3, 4, 6, 7, 8, 10];

interface Service {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Mode: object;
    readonly TaskTemplate: { readonly ForceUpdate?: number; readonly ContainerSpec: object };
  };
}

/** What one version of the app differs in from the other. */
interface Version {
  readonly image: string;
  readonly colour: string;
  /** Lines of the service with the data. */
  readonly more?: string;
  /** A network and a volume that the other does not have. */
  readonly wider?: boolean;
}

const compose = ({ image, colour, more = '', wider = false }: Version): string => `
services:
  web:
    image: "${image}"
    restart: "no"
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./conf:/conf"${wider ? ', "more:/more"' : ''}]
    secrets: [word]
    configs: [{ source: colour, target: /etc/colour }]
    ${wider ? 'networks: [default, wide]' : ''}
    ${more}
  helper: { image: "${image}", restart: always }
volumes: { data: ${wider ? ', more: ' : ''} }
${wider ? 'networks: { default: , wide: }' : ''}
secrets: { word: { content: "a secret word" } }
configs: { colour: { content: "${colour}" } }
`;

/** What a new version does to the data before it fails. */
const SPOIL = 'echo altered > /data/bytes; echo new > /data/added; echo altered > /conf/c';

describe('upgrades of apps in a Swarm', () => {
  let swarm: SwarmLab;
  let repository: string;
  let one: string;
  let two: string;
  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
    repository = await mkdtemp(join(tmpdir(), 'swarm-upgrades-'));
    one = await publish('one');
    two = await publish('two');
  });
  afterAll(async () => {
    await swarm?.destroy();
    await rm(repository, { recursive: true, force: true });
  });

  const publish = (page: string): Promise<string> =>
    publishStandIn(`upgrades-${randomBytes(5).toString('hex')}:1`, { listen: [8080], page });
  const startLab = (folder: string, more: Readonly<Record<string, string>> = {}) =>
    BackupLab.start(
      {
        ORCHESTRATOR: 'swarm',
        APP_BIND: '0.0.0.0',
        DOCKER_HOST: swarm.manager.host,
        BACKUP_REPOSITORIES: `local=${repository}/${folder}`,
        ...more,
      },
      swarm.manager.docker,
    );
  const pageAt = (port: string): Promise<string | null> =>
    fetch(`http://${swarm.manager.address}:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => (await answer.text()).trim(),
      () => null,
    );
  const untilPage = (port: string, text: string): Promise<unknown> =>
    pollUntil(`the page ${text}`, async () => (await pageAt(port)) === text, PATIENT);
  const services = async (): Promise<Service[]> => {
    const all = (await swarm.manager.docker.listServices()) as unknown as Service[];
    return all.sort((a, b) => (a.Spec.Name < b.Spec.Name ? -1 : 1));
  };
  const folderOf = ({ lab }: BackupLab, app: string): string =>
    join(lab.server.settings.dataDir, 'apps', app);
  const digests = async (lab: BackupLab, app: string): Promise<string> =>
    (await lab.digest(app)) + (await digestTree(folderOf(lab, app))).digest;
  const namesOf = async (): Promise<Record<string, string[]>> => {
    const { docker } = swarm.manager;
    const [configs, secrets, networks] = await Promise.all([
      docker.listConfigs(),
      docker.listSecrets(),
      docker.listNetworks(),
    ]);
    return {
      services: (await services()).map(({ Spec }) => Spec.Name),
      configs: (configs as unknown as { ID: string }[]).map(({ ID }) => ID).sort(),
      secrets: (secrets as unknown as { ID: string }[]).map(({ ID }) => ID).sort(),
      networks: networks.map(({ Id }) => Id).sort(),
    };
  };
  /** What the copies of an upgrade leave beside the data. */
  const litter = async (lab: BackupLab, app: string): Promise<string[]> => {
    const beside = await readdir(dirname(await lab.volume(app)));
    const apps = await readdir(dirname(folderOf(lab, app)));
    return [...beside, ...apps].filter((name) => name.startsWith('.'));
  };
  const filled = async (lab: BackupLab, app: string): Promise<void> => {
    await lab.change(app, 300_000);
    await writeFile(join(folderOf(lab, app), 'conf/c'), 'conf');
  };
  const upgrade = async (lab: BackupLab, app: string, body: object = {}) => {
    const answer = await lab.admin.http.post(`/api/v1/apps/${app}/upgrade`, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.data as { jobId: string; backup: string | null };
  };
  const expectClean = async (lab: BackupLab): Promise<void> => {
    expect(await lab.leftovers()).toEqual(CLEAN);
    expect(await namesOf()).toMatchObject({ services: [], configs: [], secrets: [] });
  };

  describe('asked for by an administrator', () => {
    let lab: BackupLab;
    beforeAll(async () => {
      lab = await startLab('asked');
    });
    afterAll(() => lab?.close());

    const over = (app: string): Promise<AppInfo> =>
      pollUntil(`the upgrade of ${app} to end`, async () => {
        const info = await lab.lab.info(app);
        return info.phase === 'running' && info.status === '1' ? info : null;
      }, PATIENT); // prettier-ignore
    async function installed(app: string): Promise<string> {
      await lab.lab.writeApp(app, compose({ image: one, colour: 'red' }));
      const { port } = await lab.lab.installed(app);
      await filled(lab, app);
      return port;
    }
    async function removed(app: string): Promise<void> {
      await lab.uninstall(app, true);
      await expectClean(lab);
    }

    it('bring the new version up, keep the data, and leave nothing of the old one', async () => {
      const port = await installed('grows');
      const before = await namesOf();
      const data = await lab.digest('grows');
      await lab.lab.writeApp('grows', compose({ image: two, colour: 'blue', wider: true }));
      const { backup } = await upgrade(lab, 'grows');
      const info = await over('grows');
      expect([info.port, info.info]).toEqual([port, '']);
      await untilPage(port, 'two');
      expect(await lab.digest('grows')).toBe(data);
      const after = await namesOf();
      expect(after.services).toEqual(before.services);
      expect(after.secrets).toEqual(before.secrets);
      expect(after.configs).toHaveLength(1);
      expect(after.configs).not.toEqual(before.configs);
      expect(after.networks).toHaveLength(before.networks!.length + 1);
      expect(await litter(lab, 'grows')).toEqual([]);
      const saved = (await lab.call('grows', 'GET', `/${backup}`)).body.data;
      expect(saved).toMatchObject({ state: 'saved', origin: 'upgrade' });
      expect(saved.verifiedAt).not.toBeNull();
      expect((await lab.admin.http.get('/api/v1/apps/drift')).body.data).toEqual([]);

      // Taken back by hand: the old version with the data of then.
      await lab.change('grows');
      expect(await lab.done('grows', 'POST', `/${backup}/restore`)).toMatchObject({
        failure: null,
      });
      await lab.settled('grows', '1');
      await untilPage(port, 'one');
      expect(await lab.digest('grows')).toBe(data);
      await removed('grows');
    });

    it('return the old version with every byte where the new one never becomes healthy', async () => {
      const port = await installed('ails');
      const before = { names: await namesOf(), digests: await digests(lab, 'ails') };
      const specs = await specsOf();
      // The Swarm takes its own updates back as well: that is no success either.
      const more = `command: ["/bin/sh", "-c", "${SPOIL}; sleep 1000"]
    healthcheck: { test: ["CMD-SHELL", "exit 1"], interval: 1s, timeout: 1s, retries: 1 }
    deploy: { update_config: { failure_action: rollback, monitor: 5s } }`;
      await lab.lab.writeApp('ails', compose({ image: two, colour: 'blue', more, wider: true }));
      await upgrade(lab, 'ails');
      expect((await over('ails')).info).toContain('old version runs again with its data');
      await untilPage(port, 'one');
      expect(await digests(lab, 'ails')).toBe(before.digests);
      expect(await namesOf()).toEqual(before.names);
      expect(await specsOf()).toEqual(specs);
      expect((await lab.leftovers()).volumes).toEqual([`${lab.prefix}ails_data`]);
      expect(await litter(lab, 'ails')).toEqual([]);
      expect((await lab.admin.http.get('/api/v1/apps/drift')).body.data).toEqual([]);
      await removed('ails');
    });

    it('touch nothing where the registry does not have the new image', async () => {
      const port = await installed('lacks');
      const ids = (await services()).map(({ ID }) => ID);
      const before = { names: await namesOf(), digests: await digests(lab, 'lacks') };
      await lab.lab.writeApp('lacks', compose({ image: `${two}-lost`, colour: 'blue' }));
      await upgrade(lab, 'lacks', { backup: false });
      expect((await over('lacks')).info).toContain('old version runs again');
      expect((await services()).map(({ ID }) => ID)).toEqual(ids);
      expect([await namesOf(), await digests(lab, 'lacks')]).toEqual([before.names, before.digests]); // prettier-ignore
      await untilPage(port, 'one');
      await removed('lacks');
    });

    it('go over a service on each node and one on a chosen node', async () => {
      const of = (image: string): string => `
services:
  web:
    image: "${image}"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    deploy: { mode: global, update_config: { failure_action: rollback } }
`;
      await lab.lab.writeApp('spread', of(one));
      const { port } = await lab.lab.installed('spread');
      await lab.lab.writeApp('spread', of(two));
      await upgrade(lab, 'spread');
      expect((await over('spread')).info).toBe('');
      await untilPage(port, 'two');
      await lab.lab.writeApp('spread', of(`${two}-lost`));
      await upgrade(lab, 'spread');
      expect((await over('spread')).info).toContain('old version runs again');
      await removed('spread');

      await lab.lab.writeApp('placed', of(one).replace('mode: global, ', ''));
      const worker = swarm.nodes[1]!;
      const there = await lab.lab.installed('placed', { node: worker.name });
      await lab.lab.writeApp('placed', of(two).replace('mode: global, ', ''));
      await upgrade(lab, 'placed');
      await over('placed');
      const page = await fetch(`http://${worker.address}:${there.port}/`);
      expect((await page.text()).trim()).toBe('two');
      await removed('placed');
    });

    it('begin by themselves where a window is open', async () => {
      const port = await installed('timed');
      const data = await lab.digest('timed');
      const policy = { mode: 'window', cron: '* * * * *', minutes: 10 };
      const put = await lab.admin.http.send('PUT', '/api/v1/apps/timed/update-policy', policy);
      expect([put.status, put.body.data?.mode]).toEqual([200, 'window']);
      await lab.lab.writeApp('timed', compose({ image: two, colour: 'blue' }));
      await lab.admin.http.post('/api/v1/catalogue/reload');
      await lab.server.app.get(UpdateWatch).tick(true);
      await untilPage(port, 'two');
      expect((await over('timed')).info).toBe('');
      expect(await lab.digest('timed')).toBe(data);
      await removed('timed');
    });

    it('are not taken for done where the Swarm has taken a change back by itself', async () => {
      await lab.lab.writeApp('turned', compose({ image: one, colour: 'red' }).replace('restart: "no"', 'restart: always')); // prettier-ignore
      await lab.lab.installed('turned');
      const { workloads } = lab.server.app.get(DockerEngine);
      const name = lab.lab.containerName('turned');
      const found = async () =>
        (await services()).find(({ Spec }) => Spec.Name === name) as Service & {
          Version: { Index: number };
          UpdateStatus?: { State: string };
        };
      expect(await workloads.condition(name)).toMatchObject({ state: 'running' });
      const { ID, Version: version, Spec } = await found();
      const { TaskTemplate: task } = Spec;
      await swarm.manager.docker.getService(ID).update({
        ...Spec,
        version: version.Index,
        TaskTemplate: {
          ...task,
          ContainerSpec: { ...task.ContainerSpec, Command: ['/bin/sh', '-c', 'exit 3'] },
        },
        UpdateConfig: { Parallelism: 1, FailureAction: 'rollback', Monitor: 5e9 },
      });
      await pollUntil('the Swarm to take it back', async () =>
        (await found()).UpdateStatus?.State === 'rollback_completed', PATIENT); // prettier-ignore
      await expect(workloads.condition(name)).rejects.toMatchObject({
        failure: 'update-taken-back',
      });
      expect((await lab.admin.http.post('/api/v1/apps/turned/restart', {})).status).toBe(200);
      await lab.settled('turned', '1');
      await pollUntil('the next start to count', () =>
        workloads.condition(name).then(({ state }) => state === 'running', () => false), PATIENT); // prettier-ignore
      await removed('turned');
    });

    /** How often a service was started is no part of what it is. */
    async function specsOf(): Promise<object[]> {
      return (await services()).map(({ Spec }) => ({
        ...Spec,
        TaskTemplate: { ...Spec.TaskTemplate, ForceUpdate: 0 },
      }));
    }
  });

  describe('whose worker is killed', () => {
    let lab: BackupLab;
    beforeAll(async () => {
      lab = await startLab('killed', { ROLE: 'api', ACCESS_TOKEN_SECONDS: '7200' });
    });
    afterAll(() => lab?.close());

    async function installAll(names: readonly string[]): Promise<Map<string, string>> {
      for (const name of names)
        await lab.lab.writeApp(name, compose({ image: one, colour: 'red' }));
      const worker = WorkerProcess.start(lab.lab.installation.environment, { CHAOS_KILL_AT: '0' });
      for (const name of names) expect(await lab.install(name)).toMatchObject({ status: 200 });
      const before = new Map<string, string>();
      for (const name of names) {
        await lab.settled(name, '1');
        await filled(lab, name);
        before.set(name, await digests(lab, name));
      }
      await worker.stop();
      return before;
    }

    async function killed(
      points: readonly number[],
      count: 'swarm-upgrade' | 'swarm-bring-back',
      next: Version,
    ): Promise<void> {
      const names = points.map((point) => `${count}-${point}`);
      const before = await installAll(names);
      for (const name of names) await lab.lab.writeApp(name, compose(next));
      const outcomes = await killAfterEveryStep({
        lab: lab.lab,
        appFor: (point) => `${count}-${point}`,
        begin: async (name) => (await upgrade(lab, name)).jobId,
        count,
        killPoints: points,
        atOnce: 2,
      });
      // What was killed while it was saved is gone on with.
      const last = WorkerProcess.start(lab.lab.installation.environment, { CHAOS_KILL_AT: '0' });
      const pages = new Map<string, string>();
      try {
        for (const name of names) {
          await pollUntil(`no work on backups of ${name}`, async () => {
            const { items } = (await lab.call(name, 'GET')).body.data;
            return items.every(({ state }: { state: string }) => ['saved', 'failed'].includes(state));
          }, PATIENT); // prettier-ignore
          const { port } = await lab.settled(name, '1');
          pages.set(name, await pollUntil(`the page of ${name}`, () => pageAt(port), PATIENT));
        }
      } finally {
        await last.stop();
      }
      const kills = outcomes.filter((o) => o.killed).length;
      const slowest = Math.max(...outcomes.map((o) => o.seconds));
      const newer = [...pages.values()].filter((page) => page === 'two').length;
      process.stderr.write(
        `[chaos] ${count}: ${kills} of ${points.length} killed, ${newer} run the new version, slowest mended ${slowest.toFixed(1)} s after the restart\n`,
      );
      for (const name of names) {
        // The new version leaves the volume alone, so either way it is as it was.
        const isOld = pages.get(name) === 'one';
        if (isOld) expect([name, await digests(lab, name)]).toEqual([name, before.get(name)]);
        else expect(before.get(name)).toContain(await lab.digest(name));
        expect([name, await litter(lab, name)]).toEqual([name, []]);
      }
      if (count === 'swarm-bring-back') expect(newer).toBe(0);
      expect(kills).toBeGreaterThanOrEqual(5);
      const found = await namesOf();
      expect(found.services).toHaveLength(2 * names.length);
      expect(found.services!.filter((name) => name.includes('before-upgrade'))).toEqual([]);
      expect(found.configs).toHaveLength(names.length);
      expect(found.secrets).toHaveLength(names.length);
      expect((await lab.leftovers()).volumes).toHaveLength(names.length + newer);
      const remover = WorkerProcess.start(lab.lab.installation.environment, { CHAOS_KILL_AT: '0' });
      for (const name of names) await lab.uninstall(name, true);
      await remover.stop();
      await expectClean(lab);
    }

    it('run the old version or the new one after each kill going forward', async () => {
      await killed(FORWARD_POINTS, 'swarm-upgrade', { image: two, colour: 'blue', wider: true });
    }, 1_500_000);

    it('run the old version with its data after each kill going back', async () => {
      const more = `command: ["/bin/sh", "-c", "${SPOIL}; exit 9"]`;
      await killed(BACK_POINTS, 'swarm-bring-back', { image: two, colour: 'blue', more, wider: true }); // prettier-ignore
    }, 1_500_000);
  });
});
