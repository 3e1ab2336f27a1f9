import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Programs of this machine in an image of their own, with the libraries that they need and a shell. */
export interface MachineImage {
  readonly reference: string;
  /** Programs, libraries and folders by absolute path. */
  readonly paths: readonly string[];
  /** Further files by path. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly entrypoint: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Accounts `name:uid`. */
  readonly users: readonly string[];
}

export async function buildMachineImage(image: MachineImage, dockerHost: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'machine-image-'));
  try {
    for (const folder of ['lib', 'lib64', 'bin', 'sbin']) {
      await mkdir(join(root, 'usr', folder), { recursive: true });
      await symlink(`usr/${folder}`, join(root, folder));
    }
    for (const folder of ['etc', 'tmp', 'run', 'dump', 'usr/local/bin', 'var/lib'])
      await mkdir(join(root, folder), { recursive: true });
    await chmod(join(root, 'tmp'), 0o1777);
    await cp('/bin/busybox', join(root, 'bin/busybox'));
    const { stdout: applets } = await run('busybox', ['--list']);
    for (const name of applets.trim().split('\n'))
      if (name !== 'busybox') await symlink('/bin/busybox', join(root, 'bin', name));
    const copied = new Set<string>();
    for (const path of image.paths) await copy(path, root, copied);
    const accounts = ['root:0', ...image.users].map((user) => user.split(':'));
    await writeFile(join(root, 'etc/passwd'), accounts.map(([name, id]) => `${name}:x:${id}:${id}::/tmp:/bin/sh\n`).join('')); // prettier-ignore
    await writeFile(join(root, 'etc/group'), accounts.map(([name, id]) => `${name}:x:${id}:\n`).join('')); // prettier-ignore
    for (const [path, text] of Object.entries(image.scripts))
      await writeFile(join(root, path), text, { mode: 0o755 });
    await importFolder(root, image, dockerHost);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A path with what it links to, and of a program or library what it is linked with. */
async function copy(path: string, root: string, copied: Set<string>): Promise<void> {
  if (copied.has(path)) return;
  copied.add(path);
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  const found = await lstat(path);
  if (!found.isDirectory()) await rm(target, { force: true });
  if (found.isDirectory()) {
    await mkdir(target, { recursive: true });
    for (const name of await readdir(path)) await copy(join(path, name), root, copied);
    return;
  }
  if (found.isSymbolicLink()) {
    const to = await readlink(path);
    await symlink(to, target);
    await copy(resolve(dirname(path), to), root, copied);
    return;
  }
  await cp(path, target);
  if (!/\.so|\/s?bin\//.test(path)) return;
  const { stdout } = await run('ldd', [path]).catch(() => ({ stdout: '' }));
  for (const [library] of stdout.matchAll(/\/\S+(?= \(0x)/g)) await copy(library, root, copied);
}

async function importFolder(root: string, image: MachineImage, host: string): Promise<void> {
  const { reference, entrypoint, command, environment } = image;
  const changes = [
    `ENTRYPOINT ["${entrypoint}"]`,
    `CMD ${JSON.stringify(command)}`,
    ...Object.entries(environment).map(([name, value]) => `ENV ${name}=${value}`),
  ];
  const script = 'tar -C "$1" --owner=0 --group=0 -c . | { shift; docker import "$@"; }';
  const args = [...changes.flatMap((change) => ['--change', change]), '-', reference];
  const child = spawn('sh', ['-c', script, 'sh', root, ...args], {
    env: { ...process.env, DOCKER_HOST: host },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`docker import of ${reference} ended with ${code}`);
}
