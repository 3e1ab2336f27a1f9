import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { parseHostListUrl } from '../addresses/host-list-url';
import { DatabaseHosts, type HostCheck } from './database-hosts';

const PORT = 3306;
/** In place of a file: the authorities that the system trusts. */
export const SYSTEM_CA = 'system';

export interface DatabaseTls {
  readonly ca: string | string[];
  /** Whether the certificate has to be that of the host. */
  readonly verifyIdentity: boolean;
}

/** What both TypeORM and the driver need to reach a database, in the driver's words. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Absent: not encrypted. */
  readonly ssl?: DatabaseTls;
  /** Where the address names several. */
  readonly hosts?: DatabaseHosts;
}

/**
 * Reads `mysql://user:password@host:3306,host:3306/name?ca=file`. With `ca` the connection is encrypted and the
 * certificate checked against that authority (`system`: against the usual ones, and for the name of the host).
 * @throws Error where it is no such address, or the file cannot be read
 */
export function databaseConnection(address: string): DatabaseConnection {
  const urls = parseHostListUrl(address);
  if (!urls) throw new Error('DATABASE_URL is not an address');
  const [{ username, password, pathname }] = urls;
  const [first, ...others] = urls.map(({ hostname, port }) => ({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || PORT),
  }));
  const ca = authorityOf(address);
  const connection = {
    ...first!,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ...(ca ? { ssl: tlsOf(ca) } : {}),
  };
  if (others.length === 0) return connection;
  return { ...connection, hosts: DatabaseHosts.of(address, [first!, ...others]) };
}

/** The file of the authority that signs the database's certificate, or `system`; null: not encrypted. */
export function authorityOf(address: string): string | null {
  return parseHostListUrl(address)?.[0].searchParams.get('ca') ?? null;
}

/** The same for a single connection: to a host that takes statements, where there are several. */
export async function readyConnection(address: string): Promise<Omit<DatabaseConnection, 'hosts'>> {
  const { hosts, ...connection } = databaseConnection(address);
  return hosts ? { ...connection, ...(await hosts.findReady(checkWith(connection))) } : connection;
}

/** Of several hosts the connections of this process begin with one that takes statements. */
export async function beginWithReadyHost(address: string): Promise<void> {
  const { hosts, ...connection } = databaseConnection(address);
  await hosts?.begin(checkWith(connection));
}

/** Leaves a host that no longer takes statements, where there are several. @returns what ends this */
export function watchHosts(address: string): () => void {
  const { hosts, ...connection } = databaseConnection(address);
  return hosts?.watch(checkWith(connection)) ?? (() => undefined);
}

function checkWith({ user, password, ssl }: Omit<DatabaseConnection, 'hosts'>): HostCheck {
  return { user, password, ...(ssl ? { ssl } : {}) };
}

function tlsOf(ca: string): DatabaseTls {
  return ca === SYSTEM_CA
    ? { ca: [...rootCertificates], verifyIdentity: true }
    : { ca: readFileSync(ca, 'utf8'), verifyIdentity: false };
}
