/** Symbolic names: the model knows neither uids nor tokens. */
export type UserName = 'u0' | 'u1' | 'u2';
export type CodeName = 'c0' | 'c1';
export type PasswordName = 'p0' | 'p1';
export type AddressName = 'a0' | 'a1';
/** `s0` to `s2`, or a name of its own for a login of a parallel branch. */
export type SessionName = string;

/** One call; `as` names what it creates. Calls about something that does not exist are not sent. */
export type Operation =
  | { readonly op: 'issue'; readonly as: CodeName; readonly maxUses: number }
  | { readonly op: 'revoke'; readonly code: CodeName }
  | { readonly op: 'register'; readonly user: UserName; readonly code: CodeName }
  | {
      readonly op: 'login';
      readonly user: UserName;
      readonly password: PasswordName;
      readonly from: AddressName;
      readonly as: SessionName;
    }
  | { readonly op: 'me' | 'list' | 'refresh' | 'logout'; readonly session: SessionName }
  | {
      readonly op: 'password';
      readonly session: SessionName;
      readonly old: PasswordName;
      readonly next: PasswordName;
    }
  | { readonly op: 'reset'; readonly user: UserName; readonly next: PasswordName }
  | { readonly op: 'status'; readonly user: UserName; readonly status: 0 | 1 | 2 | 3 }
  | { readonly op: 'role'; readonly user: UserName; readonly role: 0 | 1 }
  | { readonly op: 'ban' | 'lift'; readonly address: AddressName };

interface User {
  readonly password: PasswordName;
  readonly role: 0 | 1;
  readonly status: 0 | 1 | 2 | 3;
}

interface Session {
  readonly user: UserName;
  readonly ended: boolean;
}

/** What the product must know, and nothing else. */
export interface Model {
  readonly codes: Partial<Record<CodeName, { maxUses: number; used: number; revoked: boolean }>>;
  readonly users: Partial<Record<UserName, User>>;
  readonly sessions: Readonly<Record<SessionName, Session>>;
  readonly banned: readonly AddressName[];
}

export const EMPTY: Model = { codes: {}, users: {}, sessions: {}, banned: [] };

/** The business code of an answer, with the role where `me` tells it; `none`: not sent. */
export type Outcome = string;
const OK = '20000';
const NONE = 'none';
const REFUSED = {
  wrongCredentials: '60101',
  banned: '60102',
  code: '60202',
  nameTaken: '60201',
  tokenInvalid: '40002',
  forbidden: '40300',
  addressBanned: '40303',
  exists: '20001',
} as const;

/** The specification: the next state and the outcome of one call. */
export function step(model: Model, call: Operation): [Model, Outcome] {
  const same = (outcome: Outcome): [Model, Outcome] => [model, outcome];
  switch (call.op) {
    case 'issue': {
      const code = { maxUses: call.maxUses, used: 0, revoked: false };
      return [{ ...model, codes: { ...model.codes, [call.as]: code } }, OK];
    }
    case 'revoke': {
      const code = model.codes[call.code];
      if (!code) return same(NONE);
      const codes = { ...model.codes, [call.code]: { ...code, revoked: true } };
      return [{ ...model, codes }, OK];
    }
    case 'register': {
      const code = model.codes[call.code];
      if (!code) return same(NONE);
      if (code.revoked || code.used >= code.maxUses) return same(REFUSED.code);
      if (model.users[call.user]) return same(REFUSED.nameTaken);
      const user: User = { password: 'p0', role: 0, status: 0 };
      return [
        {
          ...model,
          codes: { ...model.codes, [call.code]: { ...code, used: code.used + 1 } },
          users: { ...model.users, [call.user]: user },
        },
        OK,
      ];
    }
    case 'login': {
      if (model.banned.includes(call.from)) return same(REFUSED.addressBanned);
      const user = model.users[call.user];
      if (!user || user.status === 2 || user.password !== call.password)
        return same(REFUSED.wrongCredentials);
      if (user.status === 1) return same(REFUSED.banned);
      const session = { user: call.user, ended: false };
      return [{ ...model, sessions: { ...model.sessions, [call.as]: session } }, OK];
    }
    case 'reset':
    case 'status':
    case 'role': {
      const user = model.users[call.user];
      if (!user) return same(NONE);
      const changed = {
        ...user,
        ...(call.op === 'reset' ? { password: call.next } : {}),
        ...(call.op === 'status' ? { status: call.status } : {}),
        ...(call.op === 'role' ? { role: call.role } : {}),
      };
      const next = { ...model, users: { ...model.users, [call.user]: changed } };
      const ends = call.op === 'reset' || (call.op === 'status' && call.status === 2);
      return [ends ? withoutSessions(next, call.user) : next, OK];
    }
    case 'ban':
      return model.banned.includes(call.address)
        ? same(REFUSED.exists)
        : [{ ...model, banned: [...model.banned, call.address] }, OK];
    case 'lift':
      return model.banned.includes(call.address)
        ? [{ ...model, banned: model.banned.filter((address) => address !== call.address) }, OK]
        : same(NONE);
    default:
      return inSession(model, call);
  }
}

function inSession(
  model: Model,
  call: Extract<Operation, { session: SessionName }>,
): [Model, Outcome] {
  const session = model.sessions[call.session];
  if (!session) return [model, NONE];
  const user = model.users[session.user] as User;
  if (session.ended || user.status === 2) return [model, REFUSED.tokenInvalid];
  if (user.status === 1) return [model, REFUSED.banned];
  switch (call.op) {
    case 'me':
      return [model, `${OK} role ${user.role}`];
    case 'list':
      return [model, user.role === 1 ? OK : REFUSED.forbidden];
    case 'refresh':
      return [model, OK];
    case 'logout': {
      const sessions = { ...model.sessions, [call.session]: { ...session, ended: true } };
      return [{ ...model, sessions }, OK];
    }
    case 'password': {
      if (user.password !== call.old) return [model, REFUSED.wrongCredentials];
      const changed = { ...user, password: call.next };
      const next = { ...model, users: { ...model.users, [session.user]: changed } };
      return [withoutSessions(next, session.user, call.session), OK];
    }
  }
}

function withoutSessions(model: Model, user: UserName, except?: SessionName): Model {
  const sessions = Object.fromEntries(
    Object.entries(model.sessions).map(([name, session]) => [
      name,
      session.user === user && name !== except ? { ...session, ended: true } : session,
    ]),
  );
  return { ...model, sessions };
}

/** The state as a client sees it: each session by `me`, each account and code by the lists. */
export function observe(model: Model): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const [name, user] of Object.entries(model.users))
    seen[name] = `role ${user.role} status ${user.status}`;
  for (const [name, code] of Object.entries(model.codes))
    seen[name] = `used ${code.used}${code.revoked ? ' revoked' : ''}`;
  for (const session of Object.keys(model.sessions))
    seen[session] = step(model, { op: 'me', session })[1];
  return seen;
}

/** All orders of two sequences that keep the order within each. */
export function* interleavings<T>(left: readonly T[], right: readonly T[]): Generator<T[]> {
  const [a, ...restA] = left;
  const [b, ...restB] = right;
  if (a === undefined || b === undefined) {
    yield [...left, ...right];
    return;
  }
  for (const rest of interleavings(restA, right)) yield [a, ...rest];
  for (const rest of interleavings(left, restB)) yield [b, ...rest];
}
