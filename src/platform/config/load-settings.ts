import { readFileSync } from 'node:fs';
import { parseHostListUrl, withPassword } from '../addresses/host-list-url';
import {
  REMOVED_SETTINGS,
  Settings,
  SettingsError,
  settingSpecs,
  type SettingSpec,
  type SettingValues,
} from './settings';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting from the environment; an empty variable counts as absent.
 *
 * @throws SettingsError that lists all problems, never a value
 */
export function loadSettings(environment: Environment = process.env): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(settingSpecs) as [string, SettingSpec<unknown>][]) {
    try {
      const raw = rawValue(spec, environment) ?? spec.fallback;
      values[name] = raw === null ? null : raw === '' ? spec.parse('') : spec.parse(raw);
    } catch (error) {
      problems.push(`${spec.env}: ${(error as Error).message}`);
    }
  }
  for (const service of ['database', 'redis'] as const) {
    const problem = addPassword(values, service);
    if (problem) problems.push(problem);
  }
  problems.push(...contradictions(values));
  for (const [name, advice] of Object.entries(REMOVED_SETTINGS))
    if (environment[name]) problems.push(`${name}: ${advice}`);
  if (problems.length > 0) throw new SettingsError(problems);
  return new Settings(values as unknown as SettingValues);
}

/** Puts the password that has a setting of its own into the address. @returns what is wrong, or null */
function addPassword(
  values: Record<string, unknown>,
  service: 'database' | 'redis',
): string | null {
  const [address, password] = [values[`${service}Url`], values[`${service}Password`]];
  if (typeof password !== 'string') return null;
  const name = service.toUpperCase();
  if (typeof address !== 'string') return `${name}_PASSWORD: set ${name}_URL too`;
  if (parseHostListUrl(address)?.[0].password !== '')
    return `${name}_PASSWORD: ${name}_URL holds a password already`;
  values[`${service}Url`] = withPassword(address, password);
  return null;
}

function rawValue(spec: SettingSpec<unknown>, environment: Environment): string | null {
  const direct = environment[spec.env] || null;
  const file = spec.secret ? environment[`${spec.env}_FILE`] || null : null;
  if (direct && file) throw new Error(`set either ${spec.env} or ${spec.env}_FILE, not both`);
  if (!file) return direct;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error(`the file that ${spec.env}_FILE names cannot be read`);
  }
}

function contradictions(values: Partial<SettingValues>): string[] {
  const problems: string[] = [];
  if (values.jwtSecret && Buffer.byteLength(values.jwtSecret) < 32) {
    problems.push('JWT_SECRET: at least 32 bytes are needed, e.g. from `openssl rand -hex 32`');
  }
  if (values.passwordPepper && Buffer.byteLength(values.passwordPepper) < 32) {
    problems.push(
      'PASSWORD_PEPPER: at least 32 bytes are needed, e.g. from `openssl rand -hex 32`',
    );
  }
  if (Boolean(values.tlsCert) !== Boolean(values.tlsKey)) {
    problems.push('TLS_CERT, TLS_KEY: set both or none');
  }
  if ((values.role === 'worker' || values.role === 'node') && (values.apiProcesses ?? 1) > 1) {
    problems.push(
      `API_PROCESSES: with ROLE=${values.role} no process answers HTTP; set 1 or another ROLE`,
    );
  }
  const { appPortRange: app, dbPortRange: db } = values;
  if (app && db && app.from <= db.to && db.from <= app.to) {
    problems.push('APP_PORT_RANGE, DB_PORT_RANGE: the ranges overlap');
  }
  return problems;
}
