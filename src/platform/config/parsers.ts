import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { parseHostListUrl } from '../addresses/host-list-url';
import { IpNetwork } from '../addresses/ip-network';
import { isCommit, readGitAddress, type GitAddress } from '../git/git-address';

/** Turns the text of one environment variable into its value; throws an Error that says what is expected. */
export type Parser<T> = (text: string) => T;

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** `20/60`: 20 uses per 60 seconds. */
export interface Rate {
  readonly uses: number;
  readonly seconds: number;
}

export const text: Parser<string> = (value) => value;

export const absolutePath: Parser<string> = (value) => {
  if (!value.startsWith('/')) throw new Error('an absolute path is expected');
  return value;
};

export function integer(min: number, max: number): Parser<number> {
  return (value) => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < min || number > max) {
      throw new Error(`a whole number from ${min} to ${max} is expected`);
    }
    return number;
  };
}

const MAX_PROCESSES = 32;
/** Each takes up to 24 connections to the database, of which a private one accepts 200. */
const MAX_AUTOMATIC_PROCESSES = 6;

/** `auto`: as many as there are processors. */
export const processCount: Parser<number> = (value) => {
  if (value === 'auto') return Math.min(availableParallelism(), MAX_AUTOMATIC_PROCESSES);
  try {
    return integer(1, MAX_PROCESSES)(value);
  } catch {
    throw new Error(`auto or a whole number from 1 to ${MAX_PROCESSES} is expected`);
  }
};

export function oneOf<const T extends string>(...choices: readonly T[]): Parser<T> {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new Error(`one of ${choices.join(', ')} is expected`);
    return found;
  };
}

export const flag: Parser<boolean> = (value) => {
  if (/^(1|true|yes|on)$/i.test(value)) return true;
  if (/^(0|false|no|off)$/i.test(value)) return false;
  throw new Error('true or false is expected');
};

export function list(separator: string): Parser<readonly string[]> {
  return (value) =>
    value
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== '');
}

/** Host ports stay below 32768, where the kernel starts to hand out ephemeral ones. */
export const portRange: Parser<PortRange> = (value) => {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(value);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (!match || from < 1 || to > 32767 || from > to) {
    throw new Error('a range like 9001-9999 between 1 and 32767 is expected');
  }
  return { from, to };
};

/** `off` means no limit. */
export const rate: Parser<Rate | null> = (value) => {
  if (value === 'off') return null;
  const match = /^(\d{1,7})\/(\d{1,6})$/.exec(value);
  const uses = Number(match?.[1]);
  const seconds = Number(match?.[2]);
  if (!match || uses < 1 || seconds < 1) {
    throw new Error('uses/seconds like 20/60, or off, is expected');
  }
  return { uses, seconds };
};

export function url(...protocols: readonly string[]): Parser<string> {
  return (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (!parsed || !protocols.includes(parsed.protocol)) {
      throw new Error(
        `an address that starts with ${protocols.map((p) => `${p}//`).join(' or ')} is expected`,
      );
    }
    return value;
  };
}

/** A database, with further hosts of its cluster after commas, and `?ca=file` for TLS. */
export const databaseAddress: Parser<string> = (value) => {
  const urls = parseHostListUrl(value);
  if (!urls || !/^(mysql|mariadb):$/.test(urls[0].protocol))
    throw new Error('an address that starts with mysql:// or mariadb:// is expected');
  onlyOptions(urls[0], 'ca');
  if (urls.length > 1 && urls[0].searchParams.get('ca') === 'system')
    throw new Error('ca=system needs a single host: name the file of your authority');
  return value;
};

/** One Redis, or sentinels and the name by which they know the main server. */
export const redisAddress: Parser<string> = (value) => {
  const urls = parseHostListUrl(value);
  const isSentinel = urls?.[0].protocol.endsWith('+sentinel:');
  const path = isSentinel ? /^\/[^/]+(\/\d{1,3})?$/ : /^(\/\d{0,3})?$/;
  if (
    !urls ||
    !/^rediss?(\+sentinel)?:$/.test(urls[0].protocol) ||
    !path.test(urls[0].pathname) ||
    (urls.length > 1 && !isSentinel)
  )
    throw new Error(
      'an address like redis://host:6379/0, rediss://host:6379/0 or redis+sentinel://host:26379,host:26379/name/0 is expected',
    );
  onlyOptions(urls[0], 'ca', 'sentinelPassword');
  return value;
};

function onlyOptions({ searchParams }: URL, ...known: readonly string[]): void {
  const other = [...searchParams.keys()].find((name) => !known.includes(name));
  if (other !== undefined)
    throw new Error(`of options only ${known.join(' and ')} is known, not ${other}`);
}

export const ipAddress: Parser<string> = (value) => {
  if (!isIP(value)) throw new Error('an IP address is expected');
  return value;
};

/** Addresses or CIDR blocks, separated by commas. */
export const addressBlocks: Parser<readonly string[]> = (value) => {
  const blocks = list(',')(value);
  const wrong = blocks.find((block) => IpNetwork.parse(block) === null);
  if (wrong !== undefined)
    throw new Error(`addresses or CIDR blocks are expected, which "${wrong}" is not`);
  return blocks;
};

/** IPv4 blocks of at least a /24, separated by commas. */
export const networkPools: Parser<readonly string[]> = (value) => {
  const blocks = addressBlocks(value);
  const wrong = blocks.find((block) => {
    const network = IpNetwork.parse(block);
    return network?.family !== 'ipv4' || network.prefix > 24;
  });
  if (wrong !== undefined)
    throw new Error(`IPv4 blocks of a /24 or larger are expected, which "${wrong}" is not`);
  return blocks;
};

export const timeZone: Parser<string> = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
  } catch {
    throw new Error('a time zone like UTC or Asia/Shanghai is expected');
  }
  return value;
};

/** One place for backups of apps. */
export interface BackupRepositoryAddress {
  readonly name: string;
  /** As restic reads it; holds no password. */
  readonly address: string;
}

/** A folder of this machine, rather than a place that others reach too. */
export function isFolder({ address }: Pick<BackupRepositoryAddress, 'address'>): boolean {
  return address.startsWith('/');
}

/** The host may not begin with a dash: it becomes an argument of ssh. */
const REPOSITORY_ADDRESS = [
  /^\/[^,]*$/,
  /^sftp:(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^,]+$/,
  /^sftp:\/\/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?\/[^,]+$/,
  /^s3:https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?\/[^,@]+$/,
];

/** A file by its whole path; restic cannot be given one with spaces, commas or quotes. */
export const sshConfig: Parser<string> = (value) => {
  if (!/^(?:\/[\w./@+-]+)?$/.test(value))
    throw new Error('an absolute path of letters, digits and ./@+-_ is expected');
  return value;
};

/** `name=address`, separated by commas. */
export const backupRepositories: Parser<readonly BackupRepositoryAddress[]> = (value) => {
  const repositories = list(',')(value).map((entry) => {
    const [, name, address] = /^([a-z0-9][a-z0-9-]{0,31})=(.+)$/.exec(entry) ?? [];
    if (!name || !address || !REPOSITORY_ADDRESS.some((pattern) => pattern.test(address)))
      throw new Error(
        'name=address is expected, where the address is a folder, sftp:user@host:/folder or s3:https://host/bucket, without a password',
      );
    return { name, address };
  });
  if (new Set(repositories.map(({ name }) => name)).size < repositories.length)
    throw new Error('each name may stand there once');
  return repositories;
};

/** A folder of the machine or of a git repository that holds apps. */
export type CatalogPath =
  | { readonly folder: string; readonly trusted: boolean }
  | { readonly git: GitAddress; readonly trusted: boolean };

/** Folders, separated by `:`; an address of git has colons of its own and ends at a `,`. */
export const catalogPaths: Parser<readonly CatalogPath[]> = (value) =>
  value
    .split(/(?<=^|[:,])\s*(https?:\/\/[^,]*)(?:,|$)/i)
    .flatMap((part, index) =>
      index % 2 === 1 ? [gitPath(part)] : list(':')(part.replace(/[\s,]+$/, '')).map(folderPath),
    );

function folderPath(entry: string): CatalogPath {
  return { folder: entry.replace(/=trusted$/, ''), trusted: entry.endsWith('=trusted') };
}

function gitPath(entry: string): CatalogPath {
  const trusted = /=trusted\s*$/.test(entry);
  const read = readGitAddress(entry.replace(/=trusted\s*$/, '').trim());
  if ('problem' in read) throw new Error(`${read.field} of a git store ${read.problem.en}`);
  // Who may push to a branch would otherwise be root on this machine.
  if (trusted && !isCommit(read.address.ref))
    throw new Error(
      'a git store can be trusted at a full commit only (https://…#<commit>=trusted)',
    );
  return { git: read.address, trusted };
}
