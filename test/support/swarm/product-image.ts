import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../../src/platform/config/project-root';
import { testRegistry } from '../stand-in-image';

const execute = promisify(execFile);
const BIG = { maxBuffer: 1 << 26 };
/** What `docker/Dockerfile` copies of the built product. */
const PARTS = ['package.json', 'dist', 'client/package.json', 'client/dist', 'console/dist', 'catalog', 'models']; // prettier-ignore

/**
 * Images without a base, from programs of this machine, on the engine of a socket: no registry of the world can be
 * reached where tests run.
 */
export class HostImages {
  constructor(private readonly host: string) {}

  /**
   * The product as it was built last, with this machine's Node.
   * @returns the reference in the registry of the tests
   */
  product(name: string): Promise<string> {
    return this.publish(
      name,
      { WorkingDir: '/app', Cmd: ['node', 'dist/src/main.js'] },
      async (root) => {
        // prettier-ignore
        await addProgram(root, process.execPath, 'usr/local/bin/node');
        const argon = require.resolve('@node-rs/argon2-linux-x64-gnu');
        await addLibraries(root, argon);
        const app = join(root, 'app');
        for (const part of PARTS) {
          await mkdir(join(app, dirname(part)), { recursive: true });
          await cp(join(PROJECT_ROOT, part), join(app, part), { recursive: true });
        }
        for (const folder of await productionModules())
          await cp(join(PROJECT_ROOT, folder), join(app, folder), { recursive: true });
      },
    );
  }

  /** One program of this machine with its libraries. */
  program(name: string, path: string): Promise<string> {
    return this.publish(name, {}, (root) => addProgram(root, path, path.slice(1)));
  }

  /** The same under another name, with another id and what a further line of its Dockerfile changes. */
  async variant(reference: string, name: string, line = ''): Promise<string> {
    const next = `${testRegistry()}/${name}`;
    const build = `printf 'FROM %s\\nENV VARIANT=%s\\n%s\\n' "$1" "$2" "$3" | docker build -q -t "$2" -`;
    await this.run('sh', ['-c', build, 'sh', reference, next, line]);
    await this.run('docker', ['push', next]);
    return next;
  }

  private async publish(
    name: string,
    { WorkingDir = '/', Cmd = [] as string[] },
    fill: (root: string) => Promise<void>,
  ): Promise<string> {
    const reference = `${testRegistry()}/${name}`;
    const root = await mkdtemp(join(tmpdir(), 'host-image-'));
    try {
      for (const folder of ['etc', 'tmp', 'bin', 'var/lib'])
        await mkdir(join(root, folder), { recursive: true });
      await copyFile('/bin/busybox', join(root, 'bin/busybox'));
      await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nserver:x:10001:10001::/tmp:/bin/sh\n'); // prettier-ignore
      await fill(root);
      const importIt = `tar -C "$1" -c . | docker import --change "WORKDIR $3" --change "CMD $4" --change "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin" - "$2"`;
      await this.run('sh', ['-c', importIt, 'sh', root, reference, WorkingDir, JSON.stringify(Cmd)]); // prettier-ignore
      await this.run('docker', ['push', reference]);
      return reference;
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  private async run(command: string, args: readonly string[]): Promise<void> {
    const env = { ...process.env, DOCKER_HOST: this.host, DOCKER_BUILDKIT: '0' };
    await execute(command, [...args], { ...BIG, env });
  }
}

async function addProgram(root: string, path: string, target: string): Promise<void> {
  await mkdir(join(root, dirname(target)), { recursive: true });
  await copyFile(await realpath(path), join(root, target));
  await addLibraries(root, path);
}

/** At the paths where the loader looks for them. */
async function addLibraries(root: string, path: string): Promise<void> {
  const { stdout } = await execute('ldd', [await realpath(path)]);
  for (const [, library] of stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    const target = join(root, library!);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await realpath(library!), target);
  }
}

/** Folders of what the server needs at run time, as `npm prune --omit=dev` leaves them. */
async function productionModules(): Promise<string[]> {
  const list = ['ls', '--omit=dev', '--all', '--parseable'];
  // It complains of packages that only other platforms have.
  const { stdout } = await execute('npm', list, { ...BIG, cwd: PROJECT_ROOT }).catch(
    (error: { stdout: string }) => error,
  );
  const folders = stdout.split('\n').map((path) => relative(PROJECT_ROOT, path.trim()));
  const own = folders.filter((path) => path.startsWith('node_modules/'));
  // What lies within another one is copied with it.
  return own.filter((path) => !own.some((other) => path.startsWith(`${other}/`)));
}
