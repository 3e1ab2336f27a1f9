import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { tarArchive, type ArchiveEntry } from './tar-archive';

/**
 * What a stand-in image does when it runs. By default it listens nowhere and stays up until
 * SIGTERM, which it obeys at once.
 */
export interface StandInBehaviour {
  /** TCP ports that answer HTTP: `/` gives `page`, `/cgi-bin/env` the environment, one variable a line. */
  readonly listen?: readonly number[];
  /** Content of `/`; default `stand-in`. */
  readonly page?: string;
  /** Seconds before it begins to listen. */
  readonly listenAfterSeconds?: number;
  /** Ends with this code instead of staying up. */
  readonly exitCode?: number;
  /** Seconds before it ends; default 0. */
  readonly exitAfterSeconds?: number;
  /** Variables without which it ends with code 64 and says so. */
  readonly requiredEnv?: readonly string[];
  /** Only SIGKILL ends it. */
  readonly ignoreTerm?: boolean;
  /** Takes memory until the kernel kills it (give the container a limit!). */
  readonly eatMemory?: boolean;
  /**
   * Its first process becomes one that takes memory until the kernel kills it when somebody gets
   * `/cgi-bin/eat` (give the container a limit!).
   */
  readonly eatMemoryOnRequest?: boolean;
  /** Lines printed at start. */
  readonly prints?: readonly string[];
  /**
   * Health check at an interval of one second: healthy while the file `/healthy` exists, so a test
   * makes it flip with `docker exec`: `rm /healthy`, `touch /healthy`.
   */
  readonly health?: 'healthy' | 'unhealthy';
  readonly expose?: readonly number[];
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further files by absolute path, executable for everybody: what a template's command or health check calls. */
  readonly files?: Readonly<Record<string, string>>;
  /** Extra layers of incompressible bytes, so that a pull shows progress. MiB each. */
  readonly layersMebibytes?: readonly number[];
}

const docker = new Docker();

interface PushTarget {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
}

/** The registry of this test run, `127.0.0.1:<port>`. */
export function testRegistry(): string {
  const address = process.env.TEST_REGISTRY;
  if (!address) throw new Error('No registry: install docker-registry (npm run setup).');
  return address;
}

/**
 * Builds an image from the static busybox, pushes it to the registry of this run and removes the
 * local copy, so that whoever uses it has to pull it.
 *
 * @param name repository and tag, e.g. `redmine-<unique>:5`
 * @returns the reference to pull, e.g. `127.0.0.1:40123/redmine-<unique>:5`
 */
export async function publishStandIn(
  name: string,
  behaviour: StandInBehaviour = {},
  { address, ...login }: PushTarget = { address: testRegistry(), username: '', password: '' },
): Promise<string> {
  const reference = `${address}/${name}`;
  await buildStandIn(reference, behaviour);
  const image = docker.getImage(reference);
  await finish(await image.push({ authconfig: { ...login, serveraddress: address } }));
  await image.remove({ force: true });
  return reference;
}

/**
 * Builds an image under a local name only. Remove it with `removeStandIn`.
 *
 * @param engine another one than that which all tests share
 */
export async function buildStandIn(
  reference: string,
  behaviour: StandInBehaviour = {},
  engine: Docker = docker,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const context = Readable.from([tarArchive(contextOf(behaviour))]);
      await finish(await engine.buildImage(context, { t: reference, rm: true, forcerm: true }));
      return;
    } catch (error) {
      if (attempt >= BUILD_ATTEMPTS || !/unable to find image/i.test(String(error))) throw error;
    }
  }
}

export async function pullImage(reference: string, engine: Docker = docker): Promise<void> {
  await finish(await engine.pull(reference));
}

/** Another test may remove an image whose layers this build is just taking from the cache. */
const BUILD_ATTEMPTS = 4;

/** Removes a local image; one that is not there is no error. */
export async function removeStandIn(reference: string, engine: Docker = docker): Promise<void> {
  try {
    await engine.getImage(reference).remove({ force: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}

function contextOf(behaviour: StandInBehaviour): ArchiveEntry[] {
  const layers = (behaviour.layersMebibytes ?? []).map((size, index) => ({
    path: `layer-${index}`,
    content: randomBytes(Math.round(size * 1024 * 1024)),
  }));
  return [
    { path: 'Dockerfile', content: dockerfile(behaviour) },
    { path: 'rootfs/bin/busybox', content: staticBusybox(), mode: 0o755 },
    ...applets.map((name) => ({ path: `rootfs/bin/${name}`, linkTo: 'busybox' })),
    { path: 'rootfs/start.sh', content: startScript(behaviour), mode: 0o755 },
    { path: 'rootfs/www/index.html', content: `${behaviour.page ?? 'stand-in'}\n` },
    { path: 'rootfs/www/cgi-bin/env', content: environmentScript, mode: 0o755 },
    ...(behaviour.eatMemoryOnRequest
      ? [{ path: 'rootfs/www/cgi-bin/eat', content: eatScript, mode: 0o755 }]
      : []),
    {
      path: 'rootfs/etc/passwd',
      content: 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
    },
    { path: 'rootfs/etc/group', content: 'root:x:0:\nnobody:x:65534:\n' },
    { path: 'rootfs/tmp/.keep', content: '' },
    ...Object.entries(behaviour.files ?? {}).map(([path, content]) => ({
      path: `rootfs${path}`,
      content,
      mode: 0o755,
    })),
    ...(behaviour.health === 'healthy' ? [{ path: 'rootfs/healthy', content: '' }] : []),
    ...layers,
  ];
}

/** What the scripts of these images and of tests call; linked, because a build step takes a second. */
const applets = (
  'cat chmod chown cp date dd df echo env false free grep head hostname httpd id kill ls md5sum ' +
  'mkdir mv nc nslookup printf ps rm sed seq sh sleep sort stat tail tar tee test top touch tr ' +
  'true wc wget yes'
).split(' ');

function staticBusybox(): Buffer {
  try {
    return readFileSync('/bin/busybox');
  } catch (cause) {
    throw new Error('No /bin/busybox: install busybox-static (npm run setup).', { cause });
  }
}

function dockerfile(behaviour: StandInBehaviour): string {
  const lines = ['FROM scratch', 'COPY rootfs/ /'];
  behaviour.layersMebibytes?.forEach((_, index) => lines.push(`COPY layer-${index} /layers/`));
  for (const [name, value] of Object.entries(behaviour.env ?? {})) {
    lines.push(`ENV ${name}=${JSON.stringify(value)}`);
  }
  for (const port of behaviour.expose ?? behaviour.listen ?? []) lines.push(`EXPOSE ${port}`);
  for (const path of behaviour.volumes ?? []) lines.push(`VOLUME ${JSON.stringify([path])}`);
  if (behaviour.health) {
    lines.push('HEALTHCHECK --interval=1s --timeout=5s --retries=2 CMD ["test", "-f", "/healthy"]');
  }
  if (behaviour.user) lines.push(`USER ${behaviour.user}`);
  lines.push('CMD ["/start.sh"]');
  return `${lines.join('\n')}\n`;
}

const environmentScript = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
tr '\\0' '\\n' < /proc/1/environ
`;

const eatScript = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\neating\\n'
kill -USR1 1
`;

function startScript(behaviour: StandInBehaviour): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = ['#!/bin/sh'];
  // The first process of a container ignores SIGTERM unless it says otherwise.
  lines.push(behaviour.ignoreTerm ? "trap '' TERM INT" : "trap 'exit 0' TERM INT");
  if (behaviour.eatMemoryOnRequest) lines.push("trap 'exec tail /dev/zero' USR1");
  for (const line of behaviour.prints ?? []) lines.push(`echo ${quote(line)}`);
  for (const name of behaviour.requiredEnv ?? []) {
    lines.push(`[ -n "$${name}" ] || { echo "${name} is not set" >&2; exit 64; }`);
  }
  if (behaviour.listenAfterSeconds) {
    lines.push(`sleep ${behaviour.listenAfterSeconds} & wait $!`);
  }
  for (const port of behaviour.listen ?? []) lines.push(`httpd -f -p ${port} -h /www &`);
  if (behaviour.eatMemory) lines.push('exec tail /dev/zero');
  if (behaviour.exitCode !== undefined) {
    if (behaviour.exitAfterSeconds) lines.push(`sleep ${behaviour.exitAfterSeconds} & wait $!`);
    lines.push(`exit ${behaviour.exitCode}`);
  }
  // A short sleep in a loop: an ignored signal must not end the wait.
  lines.push('while :; do sleep 3600 & wait $!; done');
  return `${lines.join('\n')}\n`;
}

/** Reads a build or push to its end; its failures come as lines of the stream, not as a status. */
async function finish(stream: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, lines: Array<{ error?: string }>) => {
      const failure = error?.message ?? lines?.find((line) => line.error)?.error;
      if (failure) reject(new Error(failure));
      else resolve();
    });
  });
}
