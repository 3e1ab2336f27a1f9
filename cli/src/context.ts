import { StackScapeClient } from '@stackscape/client';
import type { Command } from 'commander';
import { UsageError } from './exit-codes.js';
import { Profiles, type Profile } from './profile/profiles.js';
import { tokenFile } from './profile/token-file.js';
import type { Language } from './terminal/language.js';
import { Terminal } from './terminal/terminal.js';

interface GlobalOptions {
  readonly profile?: string;
  readonly server?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

/** What every command works with. */
export class Context {
  readonly terminal: Terminal;
  readonly profiles = new Profiles(process.env);
  readonly profileName: string;
  readonly profile: Profile;
  readonly client: StackScapeClient;
  private readonly interrupted = new AbortController();

  constructor(options: GlobalOptions, language: Language) {
    const color = options.color && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
    this.terminal = new Terminal({
      json: options.json ?? false,
      color: color && process.stdout.isTTY,
      language,
    });
    this.profileName =
      options.profile ?? (process.env['STACKSCAPE_PROFILE'] || this.profiles.current);
    const known = this.profiles.get(this.profileName);
    const server = options.server ?? process.env['STACKSCAPE_URL'];
    this.profile = server ? { ...known, url: server } : known;
    this.client = new StackScapeClient({
      baseUrl: this.profile.url,
      language,
      tokens: tokenFile(this.profiles.tokenPath(this.profileName)),
    });
  }

  /** Ends with Ctrl-C, for commands that go on until then. */
  untilInterrupted(): AbortSignal {
    process.once('SIGINT', () => this.interrupted.abort());
    return this.interrupted.signal;
  }

  text(zh: string, en: string): string {
    return this.terminal.text(zh, en);
  }

  /** The own uid, or that of the user of this name or uid. */
  async uidOf(user: string | undefined): Promise<string> {
    if (user === undefined) return (await this.client.account.me()).uid;
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(user)) return user;
    const found = await this.client.users.find(user);
    if (!found) throw new UsageError(this.text(`没有用户 ${user}`, `There is no user ${user}`));
    return found.uid;
  }
}

/** Turns a handler into a commander action. */
export type Handler<Options> = (
  context: Context,
  options: Options,
  ...args: string[]
) => Promise<void> | void;

/** Makes commands in the language of the terminal and hands them their context. */
export class CommandFactory {
  constructor(readonly language: Language) {}

  text(zh: string, en: string): string {
    return this.language === 'zh' ? zh : en;
  }

  run<Options>(handler: Handler<Options>): (...all: unknown[]) => Promise<void> {
    return async (...all) => {
      const command = all.pop() as Command;
      const options = all.pop() as Options;
      const context = new Context(command.optsWithGlobals<GlobalOptions>(), this.language);
      await handler(context, options, ...(all.flat() as string[]));
    };
  }
}
