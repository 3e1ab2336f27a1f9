import { createHmac, randomBytes } from 'node:crypto';
import { Controller, Get, Injectable, type NestInterceptor } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module';
import type { AccessRule } from '../../src/http/access/access-rule';
import { ErrorFilter } from '../../src/http/envelope/error.filter';
import { BusinessCode } from '../../src/platform/errors/business-code';
import { DomainError } from '../../src/platform/errors/domain-error';
import { bilingual } from '../../src/platform/i18n/bilingual';
import { startAppWithAdmin, type AppWithAdmin } from '../support/app-with-admin';
import { signIn, signUpUser, type SignedIn } from '../support/factories/users';
import { HttpClient } from '../support/http-client';
import { routesOf, type Route } from '../support/routes';
import { startTestApp } from '../support/test-app';

/** Routes that anybody may call. To add one is a decision, so it is written down twice. */
const PUBLIC = [
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /api/v1/user/registration',
  'POST /api/v1/user/login',
  'POST /api/v1/user/refresh',
  'POST /api/v1/user/register',
];

@Controller('forgotten')
class Forgotten {
  @Get()
  nothing(): string {
    return 'nobody should read this';
  }
}

class LetThrough extends DomainError {
  constructor() {
    const message = bilingual('放行', 'let through');
    super('not-implemented', message, { code: BusinessCode.NotImplemented });
  }
}

/** Stands behind the guards and before the pipes: what gets here was let through, and nothing runs. */
@Injectable()
class StopBehindTheGuard implements NestInterceptor {
  intercept(): never {
    throw new LetThrough();
  }
}

const ok = [501, 0] as const;
const missing = [401, 40000] as const;
const expired = [401, 40001] as const;
const invalid = [401, 40002] as const;
const forbidden = [403, 40300] as const;
type Outcome = readonly [number, number];
type Row = Readonly<Record<AccessRule, Outcome>>;

/** A state of the caller in which it does not matter what is asked for, unless it is public. */
const always = (outcome: Outcome): Row => ({
  public: ok,
  authenticated: outcome,
  compute: outcome,
  admin: outcome,
});

describe('access to every route', () => {
  const secret = randomBytes(32).toString('hex');
  let app: AppWithAdmin;
  let routes: Route[];
  const tokens: Record<string, string | undefined> = {};

  beforeAll(async () => {
    app = await startAppWithAdmin({ JWT_SECRET: secret });
    const installation = { environment: app.environment, destroy: async () => undefined };
    const user = await signUpUser(app, app.admin);
    const withStatus = async (status: number): Promise<SignedIn> => {
      const other = await signUpUser(app, app.admin);
      await app.admin.http.post(`/api/v1/user/admin/modifyStatus/${other.uid}?status=${status}`);
      return other;
    };
    const signedOut = await signIn(app, user);
    await signedOut.http.post('/api/v1/user/logout');
    const [head = '', body = '', signature = ''] = app.admin.accessToken.split('.');
    const forge = (header: object, payload: object, key = secret, hash = 'sha256') => {
      const part = (text: string, changes: object) =>
        Buffer.from(
          JSON.stringify({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), ...changes }),
        ).toString('base64url');
      const data = `${part(head, header)}.${part(body, payload)}`;
      return `${data}.${createHmac(hash, key).update(data).digest('base64url')}`;
    };
    const past = Math.floor(Date.now() / 1000) - 1;
    Object.assign(tokens, {
      'no token': undefined,
      'a malformed token': 'abc.def',
      'a tampered payload': `${head}.${Buffer.from('{"sub":"x"}').toString('base64url')}.${signature}`,
      'another signature': forge({}, {}, 'x'.repeat(64)),
      'algorithm none': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      'algorithm HS512': forge({ alg: 'HS512' }, {}, secret, 'sha512'),
      'an expired token': forge({}, { exp: past }),
      'a refresh token': app.admin.refreshToken,
      'a token of an ended session': signedOut.accessToken,
      'a token of a deregistered user': (await withStatus(2)).accessToken,
      'a token of a banned user': (await withStatus(1)).accessToken,
      'a token of a compute-banned user': (await withStatus(3)).accessToken,
      'a token of an ordinary user': user.accessToken,
      'a token of an administrator': app.admin.accessToken,
    });
    // The same installation a second time, with the stop behind the guard.
    const stopped = await startTestApp({ JWT_SECRET: secret }, installation, (nest) =>
      nest.useGlobalInterceptors(new StopBehindTheGuard()),
    );
    routes = routesOf(stopped.app);
    const { close } = app;
    const { admin } = app;
    app = {
      ...stopped,
      admin,
      close: async () => {
        await stopped.close();
        await close();
      },
    };
  });
  afterAll(() => app.close());

  const call = async (route: Route, token: string | undefined): Promise<Outcome> => {
    const path = route.path
      .replace(/:uid\b/, '00000000-0000-4000-8000-000000000000')
      .replace(/:\w+/g, '1')
      .replace('*', 'x');
    const http = token === undefined ? app.http : app.http.as(token);
    const answer = await http.send(route.method, path, route.method === 'POST' ? {} : undefined);
    const stackHub = typeof answer.body?.code === 'string';
    return [answer.status, stackHub ? answer.body.error : answer.body.code];
  };

  it('is declared by every route', () => {
    expect(routes.length).toBeGreaterThan(40);
    expect(routes.filter((route) => !route.rule).map((route) => route.handler)).toEqual([]);
  });

  it('is public only for the listed routes', () => {
    const open = routes
      .filter((route) => route.rule === 'public')
      .map((route) => `${route.method} ${route.path}`);
    expect(open.filter((route) => !PUBLIC.includes(route))).toEqual([]);
  });

  it('requires an administrator below /user/admin', () => {
    const below = routes.filter((route) => route.path.startsWith('/api/v1/user/admin'));
    expect(below.length).toBeGreaterThan(10);
    expect(below.filter((route) => route.rule !== 'admin')).toEqual([]);
  });

  it('is denied for a route without an access rule', async () => {
    const module = await Test.createTestingModule({
      imports: [AppModule.for(app.settings)],
      controllers: [Forgotten],
    }).compile();
    const nest = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    nest.useGlobalFilters(new ErrorFilter());
    try {
      await nest.listen(0, '127.0.0.1');
      const http = new HttpClient(await nest.getUrl());
      const token = tokens['a token of an administrator'] ?? '';
      const anybody = await http.get('/forgotten');
      expect([anybody.status, anybody.body.code]).toEqual(missing);
      const admin = await http.as(token).get('/forgotten');
      expect([admin.status, admin.body.code]).toEqual(forbidden);
    } finally {
      await nest.close();
    }
  });

  const rows: [string, Row][] = [
    ['no token', always(missing)],
    ['a malformed token', always(invalid)],
    ['a tampered payload', always(invalid)],
    ['another signature', always(invalid)],
    ['algorithm none', always(invalid)],
    ['algorithm HS512', always(invalid)],
    ['an expired token', always(expired)],
    ['a refresh token', always(invalid)],
    ['a token of an ended session', always(invalid)],
    ['a token of a deregistered user', always(invalid)],
    ['a token of a banned user', always([403, 60102])],
    [
      'a token of a compute-banned user',
      { public: ok, authenticated: ok, compute: [403, 40304], admin: forbidden },
    ],
    [
      'a token of an ordinary user',
      { public: ok, authenticated: ok, compute: ok, admin: forbidden },
    ],
    ['a token of an administrator', { public: ok, authenticated: ok, compute: ok, admin: ok }],
  ];

  it.each(rows)('with %s follows the access rule', async (state, row) => {
    const wrong: string[] = [];
    for (const route of routes) {
      const [status, code] = await call(route, tokens[state]);
      const [wantedStatus, wantedCode] = row[route.rule ?? 'admin'];
      if (status !== wantedStatus || code !== wantedCode)
        wrong.push(
          `${route.method} ${route.path}: ${status}/${code}, not ${wantedStatus}/${wantedCode}`,
        );
    }
    expect(wrong).toEqual([]);
  });
});
