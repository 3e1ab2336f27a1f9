import { randomBytes } from 'node:crypto';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import type { HttpAnswer, HttpClient } from '../http-client';
import type { TestApp } from '../test-app';

export interface SignedIn {
  readonly uid: string;
  readonly name: string;
  /** The double SHA-256 that the account signs in with. */
  readonly password: string;
  readonly role: 0 | 1;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Calls with the account's token. */
  readonly http: HttpClient;
}

/** A user name that no other test has. */
export function uniqueName(prefix = 'user'): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** Registers the first account, which is the administrator, and signs it in. */
export async function signUpAdmin(
  app: Pick<TestApp, 'http'>,
  name = uniqueName('admin'),
): Promise<SignedIn> {
  return register(app, name, undefined);
}

/** Has the administrator issue an invite code, registers an ordinary user with it and signs him in. */
export async function signUpUser(
  app: Pick<TestApp, 'http'>,
  admin: SignedIn,
  name = uniqueName('user'),
): Promise<SignedIn> {
  return register(app, name, await issueCode(admin));
}

/** One invite code; `query` as in the API, e.g. `maxUses=5`. */
export async function issueCode(admin: SignedIn, query = ''): Promise<string> {
  const answer = succeeded(await admin.http.get(`/api/v1/user/admin/inviteCode?${query}`));
  return (answer.body.data as string[])[0] ?? '';
}

/** Signs an existing account in (again). */
export async function signIn(
  app: Pick<TestApp, 'http'>,
  account: { readonly name: string; readonly password: string },
): Promise<SignedIn> {
  const { name, password } = account;
  const { body } = succeeded(
    await app.http.post('/api/v1/user/login', { user_name: name, password }),
  );
  return {
    uid: body.data.uid,
    name,
    password,
    role: body.data.role,
    accessToken: body.data.access_token,
    refreshToken: body.data.refresh_token,
    http: app.http.as(body.data.access_token as string),
  };
}

/** The answer, which must be a success of the Dscape family. */
export function succeeded(answer: HttpAnswer): HttpAnswer {
  if (answer.status !== 200 || answer.body?.code !== 20000)
    throw new Error(`expected success, got ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

async function register(
  app: Pick<TestApp, 'http'>,
  name: string,
  inviteCode?: string,
): Promise<SignedIn> {
  const password = passwordDigest(`password of ${name}`);
  succeeded(
    await app.http.post('/api/v1/user/register', {
      user_name: name,
      password,
      ...(inviteCode === undefined ? {} : { invite_code: inviteCode }),
    }),
  );
  return signIn(app, { name, password });
}
