import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { ChildService } from '../../../src/local-services/child-service';
import { findBinary } from '../../../src/local-services/find-binary';
import { findFreePort } from '../../../src/local-services/free-port';
import { loopbackArguments } from '../../../src/local-services/mariadb';
import { createDataFolder, mysqlUser, type User } from './mariadb-files';

const PROVIDER = '/usr/lib/galera/libgalera_smm.so';
const PASSWORD = 'a password of the test';
const START_MS = 120_000;

interface Member {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly groupPort: number;
  readonly stateTransferPorts: readonly [number, number];
  service: ChildService | null;
}

/** A Galera cluster of real MariaDB servers on this machine. Needs root: state is copied as the user `mysql`. */
export class GaleraCluster {
  private constructor(
    private readonly folder: string,
    private readonly user: User,
    private readonly members: readonly Member[],
  ) {}

  static async start(folder: string, size = 3): Promise<GaleraCluster> {
    if (!existsSync(PROVIDER)) throw new Error('galera-4 (Debian) is not installed');
    const user = mysqlUser();
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const members: Member[] = [];
    for (let i = 1; i <= size; i++) {
      const name = `galera-${i}`;
      const [port, groupPort, sst, ist] = [await free(), await free(), await free(), await free()];
      const own = join(folder, name);
      mkdirSync(own);
      chownSync(own, user.uid, user.gid);
      members.push({ name, folder: own, port, groupPort, stateTransferPorts: [sst, ist], service: null }); // prettier-ignore
    }
    const cluster = new GaleraCluster(folder, user, members);
    createDataFolder(members[0]!.folder, join(folder, 'init.sql'), PASSWORD);
    await cluster.startMember(0, 'new');
    for (let i = 1; i < size; i++) await cluster.startMember(i);
    return cluster;
  }

  /** All members in one address. */
  get url(): string {
    const hosts = this.members.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `mysql://stackscape:${encodeURIComponent(PASSWORD)}@${hosts}/stackscape`;
  }

  /** Index of the member that serves this connection address. */
  indexOf(port: number): number {
    return this.members.findIndex((member) => member.port === port);
  }

  /** As a machine that loses its power. */
  kill(index: number): void {
    const { service } = this.members[index]!;
    if (service) process.kill(service.identity.pid, 'SIGKILL');
    this.members[index]!.service = null;
  }

  /** Freezes a member: connections stay open and nothing answers. */
  signal(index: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const { service } = this.members[index]!;
    if (service) process.kill(service.identity.pid, signal);
  }

  /** Starts a member; it joins the others and copies what it missed. */
  async startMember(index: number, as: 'new' | 'joiner' = 'joiner'): Promise<void> {
    const member = this.members[index]!;
    const { name, folder, port, groupPort, stateTransferPorts } = member;
    const group = this.members.map((other) => `127.0.0.1:${other.groupPort}`).join(',');
    const [sst, ist] = stateTransferPorts;
    member.service = ChildService.start({
      name,
      command: findBinary('mariadbd') ?? 'mariadbd',
      dataDir: this.folder,
      user: this.user,
      args: [
        '--no-defaults',
        `--datadir=${folder}`,
        ...(as === 'new'
          ? [`--init-file=${join(this.folder, 'init.sql')}`, '--wsrep-new-cluster']
          : []),
        ...loopbackArguments(port),
        '--innodb-buffer-pool-size=64M',
        '--innodb-flush-log-at-trx-commit=0',
        '--binlog-format=ROW',
        '--innodb-autoinc-lock-mode=2',
        '--wsrep-on=ON',
        `--wsrep-provider=${PROVIDER}`,
        '--wsrep-cluster-name=test',
        `--wsrep-cluster-address=gcomm://${as === 'new' ? '' : group}`,
        `--wsrep-node-name=${name}`,
        `--wsrep-node-address=127.0.0.1:${groupPort}`,
        `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${groupPort};ist.recv_addr=127.0.0.1:${ist};gcache.size=128M`,
        '--wsrep-sst-method=rsync',
        `--wsrep-sst-receive-address=127.0.0.1:${sst}`,
      ],
    });
    await member.service.waitUntil(() => isReady(port), START_MS);
  }

  async stop(): Promise<void> {
    for (const { service } of [...this.members].reverse()) await service?.stop();
  }
}

const taken = new Set<number>();

async function free(): Promise<number> {
  for (;;) {
    const port = await findFreePort(null);
    if (taken.has(port)) continue;
    taken.add(port);
    return port;
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const connection = await createConnection({ host: '127.0.0.1', port, user: 'stackscape', password: PASSWORD }); // prettier-ignore
    const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'wsrep_ready'");
    await connection.end();
    return rows[0]?.['Value'] === 'ON';
  } catch {
    return false;
  }
}
