import type { CallOptions, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';
import { passwordDigest } from '../session/password-digest.js';
import type { Tokens } from '../session/token-store.js';

/** The own account: signing in and out, sessions, password. Passwords are given as people type them. */
export class AccountApi {
  constructor(private readonly caller: Caller) {}

  /**
   * Signs in; the tokens are kept and sent with every call from now on.
   *
   * @throws WrongCredentials, AccountBanned, AwaitingApproval, TooManyRequests
   */
  async signIn(userName: string, password: string, options: CallOptions = {}): Promise<Tokens> {
    const body = { user_name: userName, password: await passwordDigest(password) };
    const tokens = await this.caller.call('login', { body, ...options });
    await this.caller.session.keep(tokens);
    return tokens;
  }

  /** Ends this session on the server and forgets the tokens, also when the server does not answer. */
  async signOut(options: CallOptions = {}): Promise<void> {
    try {
      if (await this.caller.session.tokens()) await this.caller.call('logout', options);
    } finally {
      await this.caller.session.keep(null);
    }
  }

  /**
   * Makes an account and answers its uid. The first one is the administrator and needs
   * `options.setupToken` unless it comes from the server's own machine; all others need an invite code.
   *
   * @throws UserNameTaken, InviteCodeNotValid, TooManyRequests
   */
  async register(
    userName: string,
    password: string,
    inviteCode?: string,
    options: CallOptions = {},
  ): Promise<string> {
    const body = {
      user_name: userName,
      password: await passwordDigest(password),
      ...(inviteCode === undefined ? {} : { invite_code: inviteCode }),
    };
    return (await this.caller.call('register', { body, ...options })).uid;
  }

  me(options: CallOptions = {}): Promise<Schema<'UserDto'>> {
    return this.caller.call('me', options);
  }

  /** Whether there are tokens; the server may still refuse them. */
  async isSignedIn(): Promise<boolean> {
    return (await this.caller.session.tokens()) !== null;
  }

  /** Calls `listener` when another tab or process signs in, out or refreshes. Returns the way to stop that. */
  onChange(listener: (tokens: Tokens | null) => void): () => void {
    return this.caller.session.onChange(listener);
  }

  /** Changes the own password; all other sessions end. */
  async changePassword(
    oldPassword: string,
    newPassword: string,
    options: CallOptions = {},
  ): Promise<void> {
    const { uid } = await this.me(options);
    const body = {
      old_password: await passwordDigest(oldPassword),
      new_password: await passwordDigest(newPassword),
    };
    await this.caller.call('modifyPassword', { path: { uid }, body, ...options });
  }

  sessions(options: CallOptions = {}): Promise<Schema<'SessionDto'>[]> {
    return this.caller.call('sessionsOfMe', options);
  }

  async endSession(sid: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('endSession', { path: { sid }, ...options });
  }
}
