import { readFile } from 'node:fs/promises';
import { EngineError } from '../engine.errors';
import { parseImageReference } from '../image-reference';

/** What the engine is given to log in to one registry, in its own words. */
export interface RegistryLogin {
  readonly username?: string;
  readonly password?: string;
  /** In place of a password. */
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** Logins by the host of their registry. */
type Logins = ReadonlyMap<string, RegistryLogin>;

/**
 * The logins that administrators have stored, and those that `docker login` keeps in its `config.json`. Both are read
 * at each use: a new login counts at once, and nothing of it is kept here.
 */
export class RegistryLogins {
  private stored: () => Promise<Logins> = () => Promise.resolve(new Map());

  /** @param path of the file; null: there is none */
  constructor(private readonly path: string | null) {}

  /** Where stored ones are read from; they go before those of the file. */
  useStored(read: () => Promise<Logins>): void {
    this.stored = read;
  }

  /**
   * The login for the registry of an image; null where there is none.
   * @throws EngineError `registry-logins-bad`
   */
  async find(reference: string): Promise<RegistryLogin | null> {
    const { registry } = parseImageReference(reference);
    return (await this.all()).get(registry) ?? null;
  }

  /**
   * All of them by the address that engines know them by, as a build wants them.
   * @throws EngineError `registry-logins-bad`
   */
  async byAddress(): Promise<Readonly<Record<string, RegistryLogin>>> {
    return Object.fromEntries(
      [...(await this.all()).values()].map((login) => [login.serveraddress, login]),
    );
  }

  private async all(): Promise<Logins> {
    const stored = await this.stored();
    return new Map([...(await this.ofFile()), ...stored]);
  }

  private async ofFile(): Promise<Logins> {
    if (this.path === null) return new Map();
    try {
      return readLogins(await readFile(this.path, 'utf8'));
    } catch (error) {
      throw new EngineError('registry-logins-bad', reasonOf(error), '', error);
    }
  }
}

/**
 * @returns logins by the host of their registry
 * @throws Error that says what is wrong, without anything secret
 */
export function readLogins(text: string): Map<string, RegistryLogin> {
  const { auths = {}, credsStore, credHelpers = {} } = parse(text);
  if (!isRecord(auths) || !isRecord(credHelpers)) throw new Error('no config.json of docker login');
  const helped = credsStore ? Object.keys(auths) : Object.keys(credHelpers);
  if (helped.length > 0) {
    throw new Error(
      `the login of ${helped.join(', ')} is with a credential helper, not in the file`,
    );
  }
  return new Map(
    Object.entries(auths).map(([address, entry]) => [hostOf(address), toLogin(address, entry)]),
  );
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message repeats the text.
    throw new Error('no JSON');
  }
  if (!isRecord(value)) throw new Error('no config.json of docker login');
  return value;
}

function toLogin(address: string, entry: unknown): RegistryLogin {
  const { auth, username, password, identitytoken } = isRecord(entry) ? entry : {};
  const pair = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString() : '';
  const colon = pair.indexOf(':');
  const name = colon < 0 ? username : pair.slice(0, colon);
  const secret = colon < 0 ? password : pair.slice(colon + 1);
  const serveraddress = address;
  if (typeof identitytoken === 'string' && identitytoken !== '') {
    return {
      ...(typeof name === 'string' ? { username: name } : {}),
      identitytoken,
      serveraddress,
    };
  }
  if (typeof name !== 'string' || typeof secret !== 'string' || name === '' || secret === '') {
    throw new Error(`no user and password for ${address}`);
  }
  return { username: name, password: secret, serveraddress };
}

/** `https://index.docker.io/v1/` and `mirror.lan:5000` → the registry that references of images lead to. */
export function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return /[.:]|^localhost$/.test(host) ? parseImageReference(`${host}/any`).registry : host;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}
