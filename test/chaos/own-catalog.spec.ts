import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadTemplate } from '../../src/apps/compose/layouts/load-template';
import type { ComposeService } from '../../src/apps/compose/project/compose-project';
import { resolveTemplate } from '../../src/apps/compose/policy/resolve-template';
import type { ResolvedApp } from '../../src/apps/compose/resolve/resolved-app';
import { placeholderValues } from '../../src/apps/compose/template/template-variables';
import { bootStandIn } from '../support/catalog/boot-stand-in';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { publishStandIn, testRegistry, type StandInBehaviour } from '../support/stand-in-image';

const catalog = join(__dirname, '..', '..', 'catalog', 'apps');
/** Its health check speaks TLS, which a stand-in made of busybox cannot answer. */
const speaksTls = ['elabftw'];
const names = readdirSync(catalog)
  .filter((name) => !speaksTls.includes(name))
  .sort();
const MINUTE_MS = 60_000;

/**
 * Every app of our own catalog through the API, a few at a time, from stand-in images at the
 * registry: pulled, started in order, healthy by its own health checks, uninstalled without a trace.
 */
describe('every app of our own catalog', () => {
  let lab: AppLab;
  let standIns: Map<string, StandInBehaviour>;
  const published = new Map<string, Promise<unknown>>();

  beforeAll(async () => {
    lab = await AppLab.start({ IMAGE_MIRROR: testRegistry() });
    standIns = await planStandIns();
  });

  afterAll(() => lab.close());

  it.concurrent.each(names)(
    '%s starts and is removed completely',
    async (name) => {
      const { images } = await resolved(name);
      for (const { original } of images) await publish(original);
      const accepted = await lab.install(name);
      expect(accepted.body).toMatchObject({ code: '1' });
      const info = await lab.settled(name, '1', 3 * MINUTE_MS);
      expect(info).toMatchObject({ phase: 'running', port: expect.stringMatching(/^\d+$/) });
      expect((await lab.uninstall(name)).body).toMatchObject({ code: '1' });
    },
    5 * MINUTE_MS,
  );

  it('leaves nothing behind', async () => {
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  /** Apps share images: the first that needs one publishes it, the others wait for that. */
  async function publish(reference: string): Promise<void> {
    const standIn = standIns.get(reference);
    if (!standIn) return;
    const publishing =
      published.get(reference) ??
      publishStandIn(reference, standIn).then((pulled) => lab.track(pulled));
    published.set(reference, publishing);
    await publishing;
  }
});

/** One image for each reference that is pulled: it listens wherever any service made of it should. */
async function planStandIns(): Promise<Map<string, StandInBehaviour>> {
  const uses = new Map<string, { services: ComposeService[]; ports: Set<number> }>();
  for (const name of names) {
    const app = await resolved(name);
    for (const { original, services, build } of app.images) {
      if (build) continue;
      const use = uses.get(original) ?? { services: [], ports: new Set() };
      uses.set(original, use);
      for (const service of services) {
        const found = app.project.services.get(service);
        if (found) use.services.push(found);
        for (const port of app.ports)
          if (port.service === service) use.ports.add(port.containerPort);
      }
    }
  }
  return new Map(
    [...uses].map(([reference, { services, ports }]) => [
      reference,
      bootStandIn(services, [...ports]),
    ]),
  );
}

async function resolved(name: string): Promise<ResolvedApp> {
  const template = await loadTemplate(join(catalog, name), { builtIn: true });
  return resolveTemplate(template, {
    prefix: 'boot-',
    sharedNetwork: 'boot',
    values: placeholderValues(template),
  });
}
