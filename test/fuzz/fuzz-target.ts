import { inspect } from 'node:util';
import type { AppLab } from '../support/factories/app-lab';
import { submit, untilEnded } from '../support/factories/compute';
import {
  issueCode,
  signIn,
  signUpUser,
  succeeded,
  type SignedIn,
} from '../support/factories/users';
import type { OpenApiValidator } from '../support/openapi-validator';
import type { Operation } from './operations';
import type { FuzzRequest, KnownValues, Role } from './request-arbitrary';

/** Every call answers within this time. */
const MAX_ANSWER_MS = 30_000;
/** Calls that wait for the engine to stop containers, which may take their whole grace period. */
const WAITS_FOR_ENGINE = /^\/(un)?install|\/(start|stop|restart|cancel|upgrade|repair)$/;
const STACK = /\n\s+at |node_modules|[\\/](src|dist)[\\/][\w\\/.-]+\.[jt]s/;

/** A running installation with one account of each role and some data, which is kept usable. */
export class FuzzTarget {
  requests = 0;
  answersChecked = 0;
  private readonly accounts = new Map<Role, SignedIn>();

  private constructor(
    private readonly lab: AppLab,
    private readonly validator: OpenApiValidator,
    readonly known: KnownValues,
  ) {}

  static async prepare(lab: AppLab, validator: OpenApiValidator): Promise<FuzzTarget> {
    const { server, admin: root } = lab;
    const user = await signUpUser(server, root);
    const admin = await signUpUser(server, root);
    const task = await submit(user);
    const { result } = await untilEnded(user, task);
    const target = new FuzzTarget(lab, validator, {
      uid: [user.uid, admin.uid],
      tid: [task],
      rid: [String(result?.id)],
      id: ['hcc-fragment-nb@1.0.0', '1'],
      code: [await issueCode(root, 'maxUses=1000')],
      invite_code: [await issueCode(root, 'maxUses=100000')],
      appName: ['hello', 'no-such-app'],
      user_name: [user.name],
      password: [user.password],
      refresh_token: [user.refreshToken],
      address: ['203.0.113.7', '198.51.100.0/24'],
      follow: ['false'],
    });
    target.accounts.set('user', user).set('admin', admin);
    await target.restore();
    return target;
  }

  /** Sends a request; the problems of its answer, none when it is as it should be. */
  async problemsOf(operation: Operation, request: FuzzRequest): Promise<string[]> {
    this.requests += 1;
    if (this.requests % 25 === 0) await this.restore();
    const url = new URL(this.lab.server.url + pathOf(operation, request.path));
    const query = new URLSearchParams();
    for (const [name, value] of request.query) query.append(name, value);
    url.search = query.toString();
    const account = this.accounts.get(request.role);
    const withBody = request.body !== null && operation.method !== 'GET';
    const headers: Record<string, string> = {
      ...request.headers,
      ...(account ? { token: account.accessToken } : {}),
      ...(withBody && request.body ? { 'content-type': request.body.contentType } : {}),
    };
    const limitMs = WAITS_FOR_ENGINE.test(url.pathname) ? 45_000 : MAX_ANSWER_MS;
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), limitMs);
    try {
      const response = await fetch(url, {
        method: operation.method,
        headers,
        signal: aborter.signal,
        ...(withBody ? { body: request.body?.text } : {}),
      });
      this.answersChecked += 1;
      const type = response.headers.get('content-type') ?? '';
      // A followed log never ends.
      const endless = response.ok && query.getAll('follow').includes('true');
      if (type.startsWith('text/event-stream') || endless) {
        await response.body?.cancel();
        return response.status === 200 ? [] : [`a stream with status ${response.status}`];
      }
      return this.check(operation, url, response.status, response.headers, await response.text());
    } catch (error) {
      if (aborter.signal.aborted) return [`no answer within ${limitMs} ms`];
      if (isClientRefusal(error)) return [];
      return [`the call failed: ${inspect(error)}`];
    } finally {
      clearTimeout(timer);
    }
  }

  private check(
    operation: Operation,
    url: URL,
    status: number,
    headers: Headers,
    text: string,
  ): string[] {
    const problems: string[] = [];
    let body: unknown = text;
    try {
      body = JSON.parse(text);
    } catch {
      // Not JSON: text as it is.
    }
    const { code, error, msg, message } = (body ?? {}) as Record<string, unknown>;
    if (status >= 500 && status !== 503) problems.push(`status ${status}: ${text.slice(0, 300)}`);
    const reason = typeof msg === 'string' ? msg : message;
    if (status === 503 && (Number(error ?? code) !== 50000 || typeof reason !== 'string'))
      problems.push(`503 without a cause: ${text.slice(0, 300)}`);
    if (STACK.test(text)) problems.push(`a stack in the answer: ${text.slice(0, 300)}`);
    const documented = this.validator.problemsOf(operation.method, url.pathname, {
      status,
      headers,
      body,
    });
    // A parameter with `/`, or an empty one, makes the path of another call or of none.
    const elsewhere = documented.length === 1 && documented[0]?.endsWith('is not documented');
    if (!elsewhere) problems.push(...documented);
    else if (![400, 404].includes(status)) problems.push(...documented, `status ${status}`);
    return problems;
  }

  /** Gives both accounts back their role, status and password, and a session that works. */
  private async restore(): Promise<void> {
    for (const [role, account] of this.accounts) {
      const me = await account.http.get('/api/v1/user/me');
      const wanted = role === 'admin' ? 1 : 0;
      if (me.status === 200 && me.body.data.role === wanted && me.body.data.status === 0) continue;
      const { http } = this.lab.admin;
      const { uid, password } = account;
      succeeded(await http.post(`/api/v1/user/admin/modifyStatus/${uid}?status=0`));
      succeeded(await http.post(`/api/v1/user/admin/modifyRole/${uid}?role=${wanted}`));
      succeeded(await http.post(`/api/v1/user/modifyPassword/${uid}`, { new_password: password }));
      this.accounts.set(role, await signIn(this.lab.server, account));
    }
  }
}

function pathOf(operation: Operation, values: Readonly<Record<string, string>>): string {
  return operation.template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}

/** Header values that no HTTP client can send. */
function isClientRefusal(error: unknown): boolean {
  return error instanceof TypeError && /invalid header|ByteString/i.test(error.message);
}
