import { AppLab, CLEAN } from '../../../support/factories/app-lab';
import { FaultyRegistry, type RegistryFault } from '../../../support/factories/faulty-registry';
import { LockedRegistry } from '../../../support/factories/refusing-registry';
import { publishStandIn, testRegistry } from '../../../support/stand-in-image';

const web = (image: string): string =>
  `services:\n  web: { image: "${image}", ports: ["9001:8080"] }\n`;

let lab: AppLab;

async function failureOf(
  name: string,
  compose: string,
): Promise<{ cause: string | null; info: string }> {
  await lab.writeApp(name, compose);
  expect((await lab.install(name)).status).toBe(200);
  const info = await lab.ended(name);
  expect(info).toMatchObject({ status: '2', phase: 'failed' });
  return info;
}

type FaultCase = [RegistryFault, string, string];

async function expectFailure([fault, cause, text]: FaultCase): Promise<void> {
  const registry = await FaultyRegistry.start(fault);
  const image = await publishStandIn(`${fault}-${Date.now()}:1`, { layersMebibytes: [4] });
  const failure = await failureOf(`registry-${fault}`, web(registry.through(image)));
  expect(failure.cause).toBe(cause);
  expect(failure.info).toContain(text);
  await registry.stop();
}

describe('installs from a registry that refuses', () => {
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());
  afterEach(async () => {
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('names an image that the registry does not have', async () => {
    const image = `${testRegistry()}/nosuch-${Date.now()}:1`;
    const failure = await failureOf('noimage', web(image));
    expect(['tag-unknown', 'image-not-found']).toContain(failure.cause);
    expect(failure.info).toContain(image);
  });

  it('names a tag that the registry does not know', async () => {
    const image = await publishStandIn(`tagged-${Date.now()}:1`, {});
    const failure = await failureOf('notag', web(image.replace(/:1$/, ':2')));
    expect(failure.cause).toBe('tag-unknown');
  });

  it('says that a registry cannot be reached', async () => {
    const failure = await failureOf('noregistry', web('127.0.0.1:1/some/image:1'));
    expect(failure.cause).toBe('registry-unreachable');
  });

  it('says that a registry wants a login', async () => {
    const registry = await LockedRegistry.start();
    const image = `${registry.address}/secret/app:1`;
    const failure = await failureOf('locked', web(image));
    expect(failure.cause).toBe('registry-denied');
    expect(failure.info).toContain(`The registry refuses ${image}`);
    await registry.stop();
  });

  it.each<FaultCase>([
    ['limits', 'registry-limited', 'too many requests'],
    ['fails', 'registry-failing', 'internal error'],
    ['corrupts', 'image-corrupt', 'does not match its digest'],
    ['denies', 'registry-denied', 'The registry refuses'],
    ['locks', 'registry-denied', 'The registry refuses'],
    ['lies', 'registry-mistaken', 'is no registry'],
  ])('says what is wrong with a registry that %s', (...fault) => expectFailure(fault));
});

// With a longer limit each would take that long; with this one a busy engine may look like a stalled registry.
describe('installs from a registry that stops sending', () => {
  beforeAll(async () => {
    lab = await AppLab.start({ PULL_STALL_SECONDS: '3' });
  });
  afterAll(() => lab.close());

  it.each<FaultCase>([
    ['cuts', 'registry-stalled', 'stopped sending'],
    ['stalls', 'registry-stalled', 'stopped sending'],
  ])('says so when it %s', async (...fault) => {
    await expectFailure(fault);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
