import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** One service as our own catalog writes it: the few keys that it uses, in one form each. */
export interface PlainService {
  readonly image?: string;
  readonly build?: string;
  readonly restart: string;
  readonly mem_limit: string;
  readonly shm_size?: string;
  readonly hostname?: string;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ulimits?: Readonly<Record<string, { soft: number; hard: number }>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck: {
    readonly test: readonly string[];
    readonly interval: string;
    readonly timeout: string;
    readonly retries: number;
    readonly start_period: string;
  };
}

/** Every key of a service that this reading knows. Another one in the catalog fails the test. */
export const plainServiceKeys: readonly string[] = [
  'image',
  'build',
  'restart',
  'mem_limit',
  'shm_size',
  'hostname',
  'user',
  'entrypoint',
  'command',
  'environment',
  'ports',
  'volumes',
  'ulimits',
  'depends_on',
  'healthcheck',
  'x-backup',
];

/**
 * A second, simple-minded reading of a template, so that a test does not compare the interpreter with
 * itself: the YAML library, and `${NAME}` replaced by text.
 */
export function readPlainServices(
  folder: string,
  values: Readonly<Record<string, string>>,
): Map<string, PlainService> {
  const text = readFileSync(join(folder, 'docker-compose.yml'), 'utf8');
  const document = parse(text) as { services: Record<string, PlainService> };
  return new Map(Object.entries(fill(document.services, values)));
}

export function readPlainDotEnv(folder: string): Record<string, string> {
  const lines = readFileSync(join(folder, '.env'), 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** `512m` or `2g` in bytes. */
export function plainBytes(size: string): number {
  const unit = { m: 1024 ** 2, g: 1024 ** 3 }[size.slice(-1)];
  if (!unit) throw new Error(`not a plain size: ${size}`);
  return Number(size.slice(0, -1)) * unit;
}

/** `90s` in nanoseconds. */
export function plainNanoseconds(duration: string): number {
  if (!/^\d+s$/.test(duration)) throw new Error(`not a plain duration: ${duration}`);
  return Number(duration.slice(0, -1)) * 1e9;
}

function fill<T>(node: T, values: Readonly<Record<string, string>>): T {
  if (typeof node === 'string') {
    return node.replace(/\$\$|\$\{(\w+)(?::\?)?\}/g, (found: string, name?: string) => {
      if (name === undefined) return '$';
      const value = values[name];
      if (value === undefined) throw new Error(`${found} has no value`);
      return value;
    }) as T;
  }
  if (Array.isArray(node)) return node.map((item: unknown) => fill(item, values)) as T;
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, fill<unknown>(value, values)]),
  ) as T;
}
