import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { docker } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import type { StormProcess } from './storm-process';
import { HEIR, type StormWorld } from './storm-world';

/** Longer than a lease (15 s), a sweep and an uninstall on a busy machine. */
const DEADLINE_MS = 180_000;

/**
 * A process is stopped in the middle of an uninstall with all data, for longer than its lease. Another
 * one finishes it and the app is installed anew. When the first one wakes, folder and password of the
 * new installation must stay.
 */
export async function overtakeRemover(world: StormWorld): Promise<string> {
  const { lab, apis, told } = world;
  const [zombie] = apis;
  if (!zombie) throw new Error('there is no API process');
  await zombie.untilReady(); // It may just have been killed.
  const { id } = await install(lab);
  const since = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ appName: HEIR, removeData: true });
  const removal = fetch(`${zombie.url}/uninstallApp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', token: lab.admin.accessToken },
    body,
  }).then(
    (answer) => answer.status,
    () => null,
  );
  await untilStopping(lab, since);
  zombie.pause();
  try {
    // It does not obey, and the engine waits a minute for it.
    await docker.getContainer(lab.containerName(HEIR)).kill();
    await untilState(lab, id, 'removed');
    await install(lab);
    const before = await secrets(lab);
    const folder = join(lab.server.settings.dataDir, 'apps', HEIR);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'written-by-the-app'), 'data');

    wake(world, zombie);
    const status = await removal;
    const data = await readFile(join(folder, 'written-by-the-app'), 'utf8').catch(() => null);
    if (data !== 'data') told.violation('an overtaken uninstall removed the folder of its heir');
    if (before === '[]' || (await secrets(lab)) !== before)
      told.violation('an overtaken uninstall removed the passwords of its heir');
    if (status !== null && status >= 500) told.violation(`an overtaken uninstall: ${status}`);
  } finally {
    wake(world, zombie);
    await docker
      .getContainer(lab.containerName(HEIR))
      .kill()
      .catch(() => undefined);
  }
  return `uninstall on ${zombie.name} overtaken`;
}

/** It now also serves what clients sent it meanwhile and gave up, such as uninstalls of their apps. */
function wake(world: StormWorld, zombie: StormProcess): void {
  world.lastFault = performance.now();
  zombie.resume();
}

async function install(lab: StormWorld['lab']): Promise<{ id: string }> {
  const answer = await lab.install(HEIR);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  const { jobId } = await lab.settled(HEIR, '1', DEADLINE_MS);
  return { id: jobId };
}

async function untilState(lab: StormWorld['lab'], id: string, state: string): Promise<void> {
  await pollUntil(
    `${HEIR} to be ${state}`,
    async () => {
      const [row] = await lab.server.dataSource.query<{ state: string }[]>(
        'SELECT state FROM app_installations WHERE id = ?',
        [id],
      );
      return row?.state === state;
    },
    { deadlineMs: DEADLINE_MS, everyMs: 20 },
  );
}

/** The engine has told the app to end: the uninstall waits for that. */
async function untilStopping(lab: StormWorld['lab'], since: number): Promise<void> {
  const filters = { container: [lab.containerName(HEIR)], event: ['kill'] };
  await pollUntil(
    `${HEIR} to be told to end`,
    async () => {
      const until = Math.floor(Date.now() / 1000) + 1;
      return (await text(await docker.getEvents({ since, until, filters }))) !== '';
    },
    { deadlineMs: DEADLINE_MS },
  );
}

async function secrets(lab: StormWorld['lab']): Promise<string> {
  const answer = await lab.admin.http.get(`/api/v1/apps/${HEIR}/secrets`);
  return JSON.stringify(answer.body.data);
}
