import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { IpNetwork } from '../addresses/ip-network';

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

/** The host may not begin with a dash: it becomes an argument of ssh. */
const REPOSITORY_ADDRESS = [
  /^\/[^,]*$/,
  /^sftp:(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^,]+$/,
  /^sftp:\/\/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?\/[^,]+$/,
  /^s3:https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?\/[^,@]+$/,
];

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
