import { entriesAt, valueAt } from '../../compose/language/plain-data';
import type { KeyPath } from '../../compose/language/yaml-source';
import type { Template } from '../../compose/template/template';

/** A password, key or token that stands in a template as plain text. */
export interface LiteralSecret {
  readonly name: string;
  /** In the Compose file; null: in `.env`, on that line. */
  readonly path: KeyPath | null;
  readonly line: number | null;
}

/** Names of secret values. */
const secretName =
  /(PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|(API|SECRET|SECRET_ACCESS|PRIVATE|ENCRYPTION|SIGNING|MASTER|APP)_?KEY(_BASE)?)$/i;
/** `user:password@` within an address. */
const inAddress = /:\/\/[^:/@\s$]+:[^@/\s$]+@/;

/** Finds secrets with a value of their own in `.env` and in the services' environments. */
export function literalSecrets(template: Template): LiteralSecret[] {
  const found: LiteralSecret[] = [];
  for (const { name, raw, line } of template.dotEnv.entries) {
    if (isLiteral(name, raw ?? '')) found.push({ name, path: null, line });
  }
  for (const [service, definition] of entriesAt(template.source.data, 'services')) {
    const environment = valueAt(definition, 'environment');
    const path: KeyPath = ['services', service, 'environment'];
    if (Array.isArray(environment)) {
      environment.forEach((item: unknown, index) => {
        const text = String(item);
        const cut = text.indexOf('=');
        const name = cut < 0 ? text : text.slice(0, cut);
        if (cut >= 0 && isLiteral(name, text.slice(cut + 1))) {
          found.push({ name, path: [...path, index], line: null });
        }
      });
      continue;
    }
    for (const [name, value] of entriesAt(definition, 'environment')) {
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      if (isLiteral(name, String(value))) found.push({ name, path: [...path, name], line: null });
    }
  }
  return found;
}

function isLiteral(name: string, value: string): boolean {
  if (inAddress.test(value)) return true;
  if (!secretName.test(name) || value.trim() === '' || value.includes('$')) return false;
  // A switch that only speaks about passwords, a number of seconds, a path to a file.
  return !/^(true|false|yes|no|on|off|\d{1,6}|\/\S*)$/i.test(value);
}
