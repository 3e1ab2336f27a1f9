import { connect, type Socket } from 'node:net';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';

export interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

/** Who signs in to ask a host whether it takes statements. */
export interface HostCheck {
  readonly user: string;
  readonly password: string;
  readonly ssl?: { readonly ca: string | string[]; readonly verifyIdentity: boolean };
}

const CHECK_EVERY_MS = 1_000;
const CHECK_TIMEOUT_MS = 2_000;
/** A host that is only slow keeps its connections for so many checks. */
const MAX_SLOW_CHECKS = 3;

/**
 * The hosts of one database, such as the members of a Galera cluster. All connections of a process go to one of
 * them; where it does not answer, or answers and refuses statements, they go to the next one.
 */
export class DatabaseHosts {
  private static readonly known = new Map<string, DatabaseHosts>();
  private readonly sockets = new Map<Socket, number>();
  private current = 0;
  private timer: NodeJS.Timeout | null = null;
  private watchers = 0;
  private checking = false;
  private slowChecks = 0;

  /** The same object for the same address: all connection pools of a process move together. */
  static of(address: string, hosts: readonly DatabaseHost[]): DatabaseHosts {
    const hostsOf = this.known.get(address) ?? new DatabaseHosts(hosts);
    this.known.set(address, hostsOf);
    return hostsOf;
  }

  private constructor(private readonly hosts: readonly DatabaseHost[]) {}

  /** The host in use. */
  get inUse(): DatabaseHost {
    return this.hosts[this.current]!;
  }

  /** A new connection to the host in use, for the driver. */
  open(): Socket {
    const at = this.current;
    const socket = connect({ ...this.hosts[at]!, noDelay: true, keepAlive: true });
    let isConnected = false;
    socket.once('connect', () => (isConnected = true));
    socket.once('close', () => {
      this.sockets.delete(socket);
      if (!isConnected) this.leave(at);
    });
    this.sockets.set(socket, at);
    return socket;
  }

  /** The first host that takes statements, else the first one: for a single piece of work. */
  async findReady(check: HostCheck): Promise<DatabaseHost> {
    for (const host of this.hosts) if ((await stateOf(host, check)) === 'ready') return host;
    return this.inUse;
  }

  /** Moves to the first host that takes statements, before any connection is made. */
  async begin(check: HostCheck): Promise<void> {
    this.current = Math.max(0, this.hosts.indexOf(await this.findReady(check)));
  }

  /** Checks the host in use every second until the returned function is called. */
  watch(check: HostCheck): () => void {
    this.watchers += 1;
    this.timer ??= setInterval(() => void this.verify(check), CHECK_EVERY_MS).unref();
    let watches = true;
    return () => {
      if (watches) this.watchers -= 1;
      watches = false;
      if (this.watchers > 0 || !this.timer) return;
      clearInterval(this.timer);
      this.timer = null;
    };
  }

  private async verify(check: HostCheck): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    const at = this.current;
    try {
      const state = await stateOf(this.hosts[at]!, check);
      this.slowChecks = state === 'slow' ? this.slowChecks + 1 : 0;
      if (state === 'refuses' || this.slowChecks >= MAX_SLOW_CHECKS) this.leave(at);
    } finally {
      this.checking = false;
    }
  }

  private leave(at: number): void {
    if (this.current !== at) return;
    this.current = (at + 1) % this.hosts.length;
    this.slowChecks = 0;
    for (const [socket, of] of this.sockets) if (of === at) socket.destroy();
  }
}

/** A member that has lost its cluster lets its users sign in and refuses what they ask. */
async function stateOf(
  host: DatabaseHost,
  check: HostCheck,
): Promise<'ready' | 'refuses' | 'slow'> {
  let connection: Connection | undefined;
  try {
    connection = await createConnection({ ...host, ...check, connectTimeout: CHECK_TIMEOUT_MS });
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_provider_name')",
      timeout: CHECK_TIMEOUT_MS,
    });
    const status = new Map(rows.map((row) => [row['Variable_name'], row['Value']]));
    // A server that is in no cluster calls itself not ready.
    const inCluster = Boolean(status.get('wsrep_provider_name'));
    return !inCluster || status.get('wsrep_ready') === 'ON' ? 'ready' : 'refuses';
  } catch (error) {
    const { code = '' } = error as { code?: string };
    return /TIMEDOUT|TIMEOUT|CON_COUNT/.test(code) ? 'slow' : 'refuses';
  } finally {
    connection?.destroy();
  }
}
