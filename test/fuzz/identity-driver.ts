import { passwordDigest } from '../../src/auth/passwords/password-digest';
import type { AppWithAdmin } from '../support/app-with-admin';
import { uniqueName } from '../support/factories/users';
import type { HttpAnswer, HttpClient } from '../support/http-client';
import type { Operation, Outcome } from './identity-model';

interface Tokens {
  access: string;
  refresh: string;
}

let nextAddress = 0;

/** Carries the calls of the model out on a real server and remembers what the names stand for. */
export class IdentityDriver {
  private readonly names = new Map<string, string>();
  private readonly uids = new Map<string, string>();
  private readonly codes = new Map<string, string>();
  private readonly sessions = new Map<string, Tokens>();
  private readonly bans = new Map<string, string>();
  private readonly addresses = new Map<string, string>();

  constructor(private readonly app: AppWithAdmin) {}

  async run(call: Operation): Promise<Outcome> {
    const { admin, http } = this.app;
    switch (call.op) {
      case 'issue': {
        const path = `/api/v1/user/admin/inviteCode?maxUses=${call.maxUses}`;
        const answer = await admin.http.get(path);
        if (succeeded(answer)) this.codes.set(call.as, (answer.body.data as string[])[0] ?? '');
        return outcome(answer);
      }
      case 'revoke': {
        const code = this.codes.get(call.code);
        if (code === undefined) return 'none';
        return outcome(await admin.http.delete(`/api/v1/user/admin/inviteCode/${code}`));
      }
      case 'register': {
        const code = this.codes.get(call.code);
        if (code === undefined) return 'none';
        const answer = await http.post('/api/v1/user/register', {
          user_name: this.nameOf(call.user),
          password: digestOf('p0'),
          invite_code: code,
        });
        if (succeeded(answer)) this.uids.set(call.user, answer.body.data.uid as string);
        return outcome(answer);
      }
      case 'login': {
        const client = http.with({ 'x-forwarded-for': this.addressOf(call.from) });
        const answer = await client.post('/api/v1/user/login', {
          user_name: this.nameOf(call.user),
          password: digestOf(call.password),
        });
        if (succeeded(answer)) this.sessions.set(call.as, tokensOf(answer));
        return outcome(answer);
      }
      case 'status':
      case 'role':
      case 'reset': {
        const uid = this.uids.get(call.user);
        if (uid === undefined) return 'none';
        if (call.op === 'reset')
          return outcome(
            await admin.http.post(`/api/v1/user/modifyPassword/${uid}`, {
              new_password: digestOf(call.next),
            }),
          );
        const change =
          call.op === 'status'
            ? `modifyStatus/${uid}?status=${call.status}`
            : `modifyRole/${uid}?role=${call.role}`;
        return outcome(await admin.http.post(`/api/v1/user/admin/${change}`));
      }
      case 'ban': {
        const address = this.addressOf(call.address);
        const answer = await admin.http.post('/api/v1/user/admin/bannedIp', {
          address,
          reason: 'model',
        });
        if (succeeded(answer)) this.bans.set(call.address, String(answer.body.data.id));
        return outcome(answer);
      }
      case 'lift': {
        const id = this.bans.get(call.address);
        if (id === undefined) return 'none';
        const answer = await admin.http.delete(`/api/v1/user/admin/bannedIp/${id}`);
        if (succeeded(answer)) this.bans.delete(call.address);
        return outcome(answer);
      }
      default:
        return this.inSession(call);
    }
  }

  /** As `observe` of the model. */
  async observe(): Promise<Record<string, string>> {
    const seen: Record<string, string> = {};
    const { http } = this.app.admin;
    for (const [name, uid] of this.uids) {
      const { role, status } = (await http.get(`/api/v1/user/admin/${uid}`)).body.data;
      seen[name] = `role ${role} status ${status}`;
    }
    const { items } = (await http.get('/api/v1/user/admin/inviteCodes?limit=20')).body.data;
    for (const [name, code] of this.codes) {
      const found = (items as { code: string; used_count: number; state: string }[]).find(
        (item) => item.code === code,
      );
      seen[name] = `used ${found?.used_count}${found?.state === 'revoked' ? ' revoked' : ''}`;
    }
    for (const session of this.sessions.keys())
      seen[session] = await this.run({ op: 'me', session });
    return seen;
  }

  private async inSession(call: Extract<Operation, { session: string }>): Promise<Outcome> {
    const tokens = this.sessions.get(call.session);
    if (!tokens) return 'none';
    const http = this.app.http.as(tokens.access);
    switch (call.op) {
      case 'me': {
        const answer = await http.get('/api/v1/user/me');
        return outcome(answer) + (succeeded(answer) ? ` role ${answer.body.data.role}` : '');
      }
      case 'list':
        return outcome(await http.get('/api/v1/user/admin/list?limit=1'));
      case 'logout':
        return outcome(await http.post('/api/v1/user/logout'));
      case 'refresh':
        return this.refresh(call.session, tokens);
      case 'password':
        return this.changePassword(http, call);
    }
  }

  private async refresh(session: string, tokens: Tokens): Promise<Outcome> {
    const answer = await this.app.http.post('/api/v1/user/refresh', {
      refresh_token: tokens.refresh,
    });
    if (succeeded(answer)) this.sessions.set(session, tokensOf(answer));
    return outcome(answer);
  }

  private async changePassword(
    http: HttpClient,
    call: Extract<Operation, { op: 'password' }>,
  ): Promise<Outcome> {
    const me = await http.get('/api/v1/user/me');
    if (!succeeded(me)) return outcome(me);
    return outcome(
      await http
        // Guessing an old password is limited by address; every attempt gets its own.
        .with({ 'x-forwarded-for': freshAddress() })
        .post(`/api/v1/user/modifyPassword/${me.body.data.uid}`, {
          old_password: digestOf(call.old),
          new_password: digestOf(call.next),
        }),
    );
  }

  private nameOf(user: string): string {
    const name = this.names.get(user) ?? uniqueName(user);
    this.names.set(user, name);
    return name;
  }

  private addressOf(address: string): string {
    const known = this.addresses.get(address) ?? freshAddress();
    this.addresses.set(address, known);
    return known;
  }
}

function freshAddress(): string {
  nextAddress += 1;
  return `198.18.${nextAddress >> 8}.${nextAddress & 255}`;
}

const digestOf = (password: string): string => passwordDigest(`password ${password}`);
const succeeded = (answer: HttpAnswer): boolean => answer.body?.code === 20000;
const outcome = (answer: HttpAnswer): Outcome => String(answer.body?.code ?? answer.status);
const tokensOf = ({ body }: HttpAnswer): Tokens => ({
  access: body.data.access_token as string,
  refresh: body.data.refresh_token as string,
});
