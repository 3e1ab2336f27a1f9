import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TcpProxy } from '../tcp-proxy';
import { freePort, hasProgram, startServer, stopServer, type Remote } from './remote';

const run = promisify(execFile);

/** An sshd of our own on loopback, with keys of its own. Needs root and the package `openssh-server`. */
export class SftpServer implements Remote {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    readonly proxy: TcpProxy,
    private child: ChildProcess,
  ) {}

  static async start(): Promise<SftpServer> {
    if (!(await hasProgram('/usr/sbin/sshd')))
      throw new Error('no sshd: apt-get install --no-install-recommends openssh-server');
    const folder = await mkdtemp(join(tmpdir(), 'sftp-server-'));
    // Where sshd locks its unprivileged half in; a service makes it at its start.
    await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    for (const name of ['host', 'user', 'stranger'])
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    await writeFile(join(folder, 'authorized'), await readFile(join(folder, 'user.pub')));
    const hostKey = await readFile(join(folder, 'host.pub'), 'utf8');
    await writeFile(join(folder, 'known'), `backups ${hostKey}`);
    for (const name of ['user', 'stranger'])
      await writeFile(
        join(folder, `${name}.conf`),
        `Host *
  HostKeyAlias backups
  UserKnownHostsFile ${folder}/known
  StrictHostKeyChecking yes
  IdentityFile ${folder}/${name}
  IdentitiesOnly yes
`,
      );
    const port = await freePort();
    const proxy = await TcpProxy.before('127.0.0.1', port);
    return new SftpServer(folder, port, proxy, await listen(folder, port, false));
  }

  get environment() {
    return {
      BACKUP_REPOSITORIES: `away=sftp://root@127.0.0.1:${this.proxy.port}/${this.folder}/repository`,
      BACKUP_SSH_CONFIG: join(this.folder, 'user.conf'),
    };
  }

  get wrongKey() {
    return { ...this.environment, BACKUP_SSH_CONFIG: join(this.folder, 'stranger.conf') };
  }

  get data() {
    return join(this.folder, 'repository/data');
  }

  async setReadOnly(readOnly: boolean): Promise<void> {
    await stopServer(this.child);
    this.child = await listen(this.folder, this.port, readOnly);
  }

  async close(): Promise<void> {
    await this.proxy.cut();
    await stopServer(this.child);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function listen(folder: string, port: number, readOnly: boolean): Promise<ChildProcess> {
  await writeFile(
    join(folder, 'sshd.conf'),
    `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
Subsystem sftp internal-sftp${readOnly ? ' -R' : ''}
`,
  );
  const args = ['-D', '-e', '-f', join(folder, 'sshd.conf')];
  return startServer('/usr/sbin/sshd', args, /Server listening on/);
}
