import { bilingual } from '../../../platform/i18n/bilingual';
import type { DotEnvFile } from '../language/dotenv';
import { isMapping } from '../language/plain-data';
import { secrecyOf } from './secret-names';
import { generatedSecret, type ValueFormat, type VariableDefinition } from './variable-definition';

/** What is left of a template when its public secrets are variables. */
export interface WithoutPublicSecrets {
  readonly dotEnv: DotEnvFile;
  /** The Compose file's data. */
  readonly data: unknown;
  /** A generated variable for each secret; its `publicValue` is what stood in the file. */
  readonly definitions: readonly VariableDefinition[];
}

/** Passwords that are also words: only a place that takes nothing but a password is known to mean one. */
const COMMON =
  /^(admin|administrator|root|user|username|pass|password|postgres|mysql|test|secret)$/i;
const MIN_DISTINCT_LENGTH = 8;

/** The secrets of the app that stand in a `.env` for everybody to read, by value. */
export function publicSecretsOf({ entries }: DotEnvFile): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, raw } of entries) {
    const value = raw ?? '';
    if (secrecyOf(name) !== 'generated' || !isReplaceable(value)) continue;
    // What an image signs its first user in with, told for the user's information.
    if (/^W9_LOGIN_/.test(name)) continue;
    if (!found.has(value)) found.set(value, name);
  }
  return found;
}

/** Not: switches, numbers, paths, signed tokens, hashes and certificates, which no random text can stand for. */
function isReplaceable(value: string): boolean {
  if (value.trim() === '' || value.includes('$') || value.includes('\n')) return false;
  return !/^(true|false|yes|no|on|off|none|null|\d{1,6}|[./].*|https?:.*|eyJ[\w-]+\..*|-----.*|\{.*)$/i.test(
    value,
  );
}

/** Makes variables of these secrets, in every place that repeats them. */
export function withoutPublicSecrets(
  dotEnv: DotEnvFile,
  data: unknown,
  secrets: ReadonlyMap<string, string>,
): WithoutPublicSecrets {
  const replaced = (text: string, ownName: string | null): string => {
    let out = text;
    for (const [value, name] of secrets) {
      if (!out.includes(value) || name === ownName) continue;
      if (out === value) {
        if (isDistinct(value) || (ownName !== null && secrecyOf(ownName) !== null)) {
          out = `\${${name}}`;
        }
      } else out = out.replace(placesOf(value), (_, before: string) => `${before}\${${name}}`);
    }
    return out;
  };
  const entries = dotEnv.entries.map((entry) =>
    entry.raw === null || entry.quote === "'"
      ? { ...entry, ...unquoted(entry.raw, replaced(entry.raw ?? '', entry.name)) }
      : { ...entry, raw: replaced(entry.raw, entry.name) },
  );
  return {
    dotEnv: { ...dotEnv, entries },
    data: inServices(data, replaced),
    definitions: [...secrets].map(([value, name]) => ({
      ...generatedSecret(name),
      description: fromStore,
      ...formatOf(value),
      publicValue: value,
    })),
  };
}

/** A literal text that got a variable needs other quotes. */
function unquoted(raw: string | null, text: string): object {
  return raw === null || text === raw ? {} : { raw: text, quote: '"' };
}

function isDistinct(value: string): boolean {
  return value.length >= MIN_DISTINCT_LENGTH && !COMMON.test(value);
}

/** Where a longer text holds the secret: a distinct one anywhere as a word, a common one only as a password. */
function placesOf(value: string): RegExp {
  const literal = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const before = isDistinct(value)
    ? '(^|[^A-Za-z0-9])'
    : '(:\\/\\/[^:@/\\s]*:|--?pass(?:word)?[= ]|password=|(?:^|\\s)-[pa] ?)';
  return new RegExp(`${before}${literal}(?![A-Za-z0-9])`, 'g');
}

/** The services' texts; names of variables and keys stay. */
function inServices(
  data: unknown,
  replaced: (text: string, name: string | null) => string,
): unknown {
  if (!isMapping(data) || !isMapping(data.services)) return data;
  const visit = (value: unknown, key: string | null): unknown => {
    if (typeof value === 'string') {
      const cut = value.indexOf('=');
      const listed = key === null && /^[A-Za-z_]\w*=/.test(value);
      if (!listed) return replaced(value, key);
      const name = value.slice(0, cut);
      return `${name}=${replaced(value.slice(cut + 1), name)}`;
    }
    if (Array.isArray(value)) return (value as unknown[]).map((item) => visit(item, null));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, visit(item, name)]),
    );
  };
  const services = Object.entries(data.services).map(([name, service]): [string, unknown] => {
    if (!isMapping(service)) return [name, service];
    const changed = PARTS.filter((part) => Object.hasOwn(service, part)).map(
      (part): [string, unknown] => [part, visit(service[part], part)],
    );
    return [name, { ...service, ...Object.fromEntries(changed) }];
  });
  return { ...data, services: Object.fromEntries(services) };
}

/** Keys of a service in which a password is passed on. */
const PARTS = ['environment', 'command', 'entrypoint', 'healthcheck'] as const;

/** A value of the same kind: length and letters are often checked. */
function formatOf(value: string): { readonly format: ValueFormat; readonly length: number } {
  if (/^base64:[A-Za-z0-9+/]{40,}=*$/.test(value)) return { format: 'base64-key', length: 32 };
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
    return { format: 'uuid', length: 36 };
  if (/^[0-9a-f]{16,128}$/i.test(value)) return { format: 'hex', length: value.length };
  const exact = [16, 24, 32, 48, 64].includes(value.length);
  return { format: 'password', length: exact ? value.length : 24 };
}

const fromStore = bilingual(
  '商店文件中的值是公开的，因此重新生成；如需保留请填写原值',
  'the value in the store is public, so another one is generated; enter the old one to keep it',
);
