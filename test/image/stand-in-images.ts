import { execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';

const run = promisify(execFile);
const MIRROR = 'http://deb.debian.org/debian';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Builds images on one engine, from Debian's packages and this machine's Node where none can be pulled. */
export class ImageBuilder {
  constructor(private readonly dockerHost: string) {}

  /** Of the three images that `docker/Dockerfile` and `docker/compose.yml` name. */
  async buildStandIns(): Promise<void> {
    await this.buildNodeBase('node:20-bookworm-slim');
    const folder = 'test/image/stand-ins';
    await this.build(`${folder}/mariadb.Dockerfile`, folder, 'mariadb:10.11');
    await this.build(`${folder}/redis.Dockerfile`, folder, 'redis:7-alpine');
  }

  private async buildNodeBase(name: string): Promise<void> {
    const root = await mkdtemp(join(tmpdir(), 'node-base-'));
    try {
      await run(
        'debootstrap',
        ['--variant=minbase', '--include=ca-certificates', 'bookworm', root, MIRROR],
        { maxBuffer: 1 << 26 },
      );
      await cp(await realpath(process.execPath), join(root, 'usr/local/bin/node'));
      const npm = join(dirname(await realpath('/usr/bin/npm')), '..');
      await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
      for (const command of ['npm', 'npx'])
        await symlink(
          `../lib/node_modules/npm/bin/${command}-cli.js`,
          join(root, 'usr/local/bin', command),
        );
      // A machine behind a proxy of its own trusts more than Debian does.
      await cp(CERTIFICATES, join(root, CERTIFICATES));
      const importIt = `tar -C "$1" -c . | docker import --change "ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}" - "$2"`;
      await this.run('sh', ['-c', importIt, 'sh', root, name]);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  /** With the network of this machine: a private engine has no way out of its own. */
  async build(
    dockerfile: string,
    context: string,
    name: string,
    values: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const given = Object.entries(values).flatMap(([key, value]) => [
      '--build-arg',
      `${key}=${value}`,
    ]);
    await this.run('docker', [
      ...['build', '--network', 'host', '-f', join(PROJECT_ROOT, dockerfile), ...given],
      ...['-t', name, join(PROJECT_ROOT, context)],
    ]);
  }

  private async run(command: string, args: readonly string[]): Promise<void> {
    const env = { ...process.env, DOCKER_HOST: this.dockerHost, DOCKER_BUILDKIT: '0' };
    await run(command, [...args], { env, maxBuffer: 1 << 26 });
  }
}
