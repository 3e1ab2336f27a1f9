import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../exit-codes.js';

export interface Profile {
  readonly url: string;
  readonly userName?: string;
}

interface ProfileFile {
  current: string;
  profiles: Record<string, Profile>;
}

const DEFAULT: Profile = { url: 'http://localhost:3000' };

/** The servers that a person works with, in `$XDG_CONFIG_HOME/stackscape` (`~/.config/stackscape`). */
export class Profiles {
  readonly folder: string;
  private readonly path: string;

  constructor(env: NodeJS.ProcessEnv) {
    this.folder = join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'stackscape');
    this.path = join(this.folder, 'profiles.json');
  }

  get current(): string {
    return this.read().current;
  }

  list(): [string, Profile][] {
    return Object.entries(this.read().profiles).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The profile of a name; a new one points to this machine. */
  get(name: string): Profile {
    return this.read().profiles[name] ?? DEFAULT;
  }

  set(name: string, profile: Profile): void {
    if (!/^[\w.-]{1,64}$/.test(name)) throw new UsageError(`profile name: ${name}`);
    const file = this.read();
    this.write({ ...file, profiles: { ...file.profiles, [name]: profile } });
  }

  use(name: string): void {
    const file = this.read();
    if (!(name in file.profiles)) throw new UsageError(`no profile ${name}`);
    this.write({ ...file, current: name });
  }

  remove(name: string): void {
    const file = this.read();
    const profiles = Object.fromEntries(
      Object.entries(file.profiles).filter(([other]) => other !== name),
    );
    this.write({ current: file.current === name ? 'default' : file.current, profiles });
    rmSync(this.tokenPath(name), { force: true });
  }

  tokenPath(name: string): string {
    return join(this.folder, `${name}.tokens.json`);
  }

  private read(): ProfileFile {
    const none = { current: 'default', profiles: {} };
    return existsSync(this.path)
      ? { ...none, ...(JSON.parse(readFileSync(this.path, 'utf8')) as Partial<ProfileFile>) }
      : none;
  }

  private write(file: ProfileFile): void {
    writePrivately(this.path, `${JSON.stringify(file, null, 2)}\n`);
  }
}

/** Replaces a file that nobody else may read, all at once. */
export function writePrivately(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}
