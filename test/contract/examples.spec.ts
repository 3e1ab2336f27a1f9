import { createHmac, randomBytes } from 'node:crypto';
import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { generateDocument } from '../../scripts/openapi/generate-document';
import { startAppWithAdmin, type AppWithAdmin } from '../support/app-with-admin';
import { DocumentExamples } from '../support/document-examples';
import { signUpUser } from '../support/factories/users';
import type { HttpClient } from '../support/http-client';
import { startTestApp } from '../support/test-app';

/** Fails as the caller asks for: what an example tells of cannot be had from every call otherwise. */
@Injectable()
class FailsOnDemand implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const failure = context.switchToHttp().getRequest<FastifyRequest>().headers['x-fail'];
    if (failure === 'unexpected') throw new Error('on demand');
    if (failure === 'database') throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    return next.handle();
  }
}

describe('the examples of the OpenAPI document', () => {
  const secret = randomBytes(32).toString('hex');
  let examples: DocumentExamples;
  let app: AppWithAdmin;
  let closeFirst: () => Promise<void>;
  beforeAll(async () => {
    examples = new DocumentExamples(JSON.parse(await generateDocument()) as object);
    const first = await startAppWithAdmin({ JWT_SECRET: secret });
    closeFirst = first.close;
    const installation = { environment: first.environment, destroy: async () => undefined };
    const failing = await startTestApp({ JWT_SECRET: secret }, installation, (nest) =>
      nest.useGlobalInterceptors(new FailsOnDemand()),
    );
    app = { ...failing, admin: first.admin };
  });
  afterAll(async () => {
    await app.close();
    await closeFirst();
  });

  it('fit their schemas, and none is missing', () => {
    expect(examples.problems()).toEqual([]);
  });

  /** Sends every call of a kind and compares the whole answer with the example. */
  const compare = async (
    name: string,
    http: HttpClient,
    options: { rule?: string; unknown?: boolean } = {},
  ): Promise<number> => {
    const wrong: string[] = [];
    let compared = 0;
    for (const call of examples.calls) {
      const example = examples.failureOf(call, name);
      const isPublic = call.rule === 'public' && name === 'AccountBanned'; // of another account
      if (!example || isPublic) continue;
      if (options.rule && call.rule !== options.rule) continue;
      const { path, body } = examples.requestOf(call);
      const address = options.unknown ? `${path}${path.includes('?') ? '&' : '?'}unknown=1` : path;
      const client = typeof body === 'string' ? http.with({ 'content-type': 'text/csv' }) : http;
      const answer = await client.send(call.method, address, body);
      compared++;
      const expected = { ...example.value, requestId: answer.body?.requestId as unknown };
      const same =
        answer.status === example.status && JSON.stringify(sorted(answer.body)) === JSON.stringify(sorted(expected)); // prettier-ignore
      if (!same || answer.headers.get('x-request-id') !== answer.body.requestId)
        wrong.push(`${call.id}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    expect(wrong).toEqual([]);
    return compared;
  };

  it.each([
    ['TokenMissing', () => app.http, {}],
    ['TokenInvalid', () => app.http.as('abc.def'), {}],
    ['TokenExpired', () => app.http.as(expired()), {}],
    ['InvalidParameter', () => app.http.as(app.admin.accessToken), { unknown: true }],
    ['Unexpected', () => app.http.as(app.admin.accessToken).with({ 'x-fail': 'unexpected' }), {}],
    ['DatabaseUnavailable', () => app.http.as(app.admin.accessToken).with({ 'x-fail': 'database' }), {}], // prettier-ignore
  ] as const)('show how every call answers %s', async (name, http, options) => {
    expect(await compare(name, http(), options)).toBeGreaterThan(60);
  });

  it.each([
    ['PermissionDenied', 0, 'admin', 30],
    ['AccountBanned', 1, undefined, 60],
    ['ComputeBanned', 3, 'compute', 2],
  ])('show how %s is answered', async (name, status, rule, atLeast) => {
    const user = await signUpUser(app, app.admin);
    const path = `/api/v1/user/admin/modifyStatus/${user.uid}?status=${status}`;
    if (status > 0) await app.http.as(app.admin.accessToken).post(path);
    const compared = await compare(name, app.http.as(user.accessToken), rule ? { rule } : {});
    expect(compared).toBeGreaterThanOrEqual(atLeast);
  });

  const expired = (): string => {
    const [head = '', body = ''] = app.admin.accessToken.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const past = { ...claims, exp: Math.floor(Date.now() / 1000) - 1 };
    const data = `${head}.${Buffer.from(JSON.stringify(past)).toString('base64url')}`;
    return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`;
  };
});

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
