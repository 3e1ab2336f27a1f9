import { useApp } from '../support/app-with-admin';
import { readEvents, type ReadEvent } from '../support/event-reader';
import { signUpUser } from '../support/factories/users';
import type { HttpAnswer, HttpClient } from '../support/http-client';
import { OpenApiValidator } from '../support/openapi-validator';
import { pollUntil } from '../support/poll-until';

const UNKNOWN_UUID = '00000000-0000-0000-0000-000000000000';
const SAMPLE = { pid: '2333', ctdna: '213', cpg: '4' };

/** A client that holds every answer it gets against the OpenAPI document. */
function watched(
  client: HttpClient,
  validator: OpenApiValidator,
  problems: string[],
): HttpClient['send'] {
  return async (method: string, path: string, body?: unknown): Promise<HttpAnswer> => {
    const answer = await client.send(method, path, body);
    problems.push(...validator.problemsOf(method, path, answer));
    return answer;
  };
}

describe('answers and the OpenAPI document', () => {
  const sut = useApp();
  let validator: OpenApiValidator;
  const problems: string[] = [];
  let admin: HttpClient['send'];
  let user: HttpClient['send'];
  let nobody: HttpClient['send'];
  let adminUid: string;
  let userUid: string;

  beforeAll(async () => {
    validator = new OpenApiValidator(
      (await sut.http.get('/docs-json')).body as Record<string, unknown>,
    );
    const second = await signUpUser(sut, sut.admin);
    adminUid = sut.admin.uid;
    userUid = second.uid;
    admin = watched(sut.http.as(sut.admin.accessToken), validator, problems);
    user = watched(sut.http.as(second.accessToken), validator, problems);
    nobody = watched(sut.http, validator, problems);
  });
  afterEach(() => {
    expect(problems.splice(0)).toEqual([]);
  });

  it('agree on every GET, as administrator, as user and without a token', async () => {
    for (const call of validator.calls) {
      if (
        call.method !== 'GET' ||
        /events|logs|export|uninstall|install|delete|metrics/i.test(call.template)
      )
        continue;
      const path = call.template
        .replace('{appName}', 'hello')
        .replace('{uid}', adminUid)
        .replace('{tid}', '0'.repeat(32))
        .replace(/\{\w+\}/, '1');
      const query = path === '/getAppInfo' ? '?appName=hello' : '';
      for (const send of [admin, user, nobody]) await send('GET', path + query);
    }
  });

  it.each(['😀', '\'"`;--', '../../etc/passwd', '\u0000', '9'.repeat(400)])(
    'never answer 500 to %j in any path or query parameter',
    async (odd) => {
      const seen: string[] = [];
      for (const { method, template, operation } of validator.calls) {
        if (/events|logs|logout/i.test(template)) continue;
        const names = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
        const queries =
          names.length === 0
            ? ['']
            : names.map(({ name }) => `?${name}=${encodeURIComponent(odd)}`);
        for (const query of template.includes('{') ? ['', ...queries] : queries.filter(Boolean)) {
          const path = template.replace(/\{\w+\}/g, encodeURIComponent(odd)) + query;
          const answer = await admin(method, path, method === 'POST' ? {} : undefined);
          if (answer.status >= 500) seen.push(`${answer.status} ${method} ${path.slice(0, 120)}`);
        }
      }
      expect(seen).toEqual([]);
    },
  );

  it('agree on every call that gets an empty or a wrong body', async () => {
    for (const call of validator.calls) {
      if (
        call.method !== 'POST' ||
        /logout|uninstallAll|repair|reload|scan|import/i.test(call.template)
      )
        continue;
      const path = call.template
        .replace('{appName}', 'no-such-app')
        .replace('{uid}', UNKNOWN_UUID)
        .replace(/\{\w+\}/, '999999999');
      for (const send of [admin, user, nobody]) {
        await send('POST', path, {});
        await send('POST', path, { unknown: 1 });
        await send('POST', path, '[1]');
        await send('POST', path, '{"broken":');
      }
    }
  });

  it('agree on a computation from its submission to its deletion', async () => {
    const added = await user('POST', '/api/v1/compute/add', SAMPLE);
    expect(added.body.data.id).toMatch(/^[0-9a-f]{32}$/);
    await pollUntil('the task to end', async () => {
      const status = await user('GET', `/api/v1/compute/status/${added.body.data.id}`);
      return status.body.data.status === 0;
    });
    const history = await user('GET', `/api/v1/history/query/${userUid}?offset=0&limit=10&page=1`);
    expect(history.headers.get('x-total-count')).toBe('1');
    expect(history.body.data).toMatchObject([{ pid: 2333, ctdna: 213, cpg: 4, hcc: null }]);
    const [record] = history.body.data as { id: number }[];
    await user('POST', `/api/v1/history/confirm/${record?.id}?hcc=true`);
    await user('POST', '/api/v1/compute/addBatch', {
      items: [SAMPLE, { ...SAMPLE, cpg: 0, hcc: false }],
    });
    expect((await user('DELETE', `/api/v1/history/delete/${record?.id}`)).status).toBe(200);
    expect((await user('GET', `/api/v1/history/delete/${record?.id}`)).status).toBe(404);
  });

  it('infers p(209, 5) = 0.789 and HCC', async () => {
    const { id } = (await user('POST', '/api/v1/compute/add', { pid: '1', ctdna: 209, cpg: 5 }))
      .body.data as { id: string };
    await pollUntil(
      'the task to end',
      async () => (await user('GET', `/api/v1/compute/status/${id}`)).body.data.status === 0,
    );
    const [record] = (await user('GET', `/api/v1/history/query/${userUid}?page=1&limit=1`)).body
      .data as {
      probability: number;
      hcc_infer: boolean;
    }[];
    expect(record?.probability.toFixed(3)).toBe('0.789');
    expect(record?.hcc_infer).toBe(true);
  });

  it('agree on administration', async () => {
    await admin('GET', '/api/v1/user/admin/inviteCode?expired=&count=2');
    await admin('GET', '/api/v1/user/admin/inviteCodes?state=valid');
    await admin('GET', `/api/v1/user/admin/${userUid}`);
    await admin('POST', `/api/v1/user/admin/quota/${userUid}?quota=5`);
    await admin('POST', `/api/v1/user/admin/modifyStatus/${userUid}?status=3`);
    expect((await user('POST', '/api/v1/compute/add', SAMPLE)).body.code).toBe(40304);
    await admin('POST', `/api/v1/user/admin/modifyStatus/${userUid}?status=0`);
    await admin('POST', `/api/v1/user/admin/modifyStatus/${adminUid}?status=1`);
    await admin('GET', '/api/v1/user/admin/audit');
    await admin('POST', '/searchServer', {});
    await admin('GET', '/api/v1/server/risks');
  });

  it('agree on the live figures of the server', async () => {
    const path = '/api/v1/server/events';
    const [figures] = await readEvents(`${sut.url}${path}`, sut.admin.accessToken, {
      until: (all) => all.length > 0,
    });
    problems.push(...validator.problemsOfEvent(path, figures!.event, figures!.data));
  });

  it('agree on an install from the plan to the uninstall', async () => {
    await admin('GET', '/api/v1/apps/hello/plan');
    const install = await admin('POST', '/installApp', { appName: 'hello' });
    expect(install.body).toMatchObject({ code: '1', message: 'hello安装成功' });
    expect((await admin('POST', '/installApp', { appName: 'hello' })).body.error).toBe(20001);
    await pollUntil('hello to start', async () => {
      const info = await user('GET', '/getAppInfo?appName=hello');
      return info.body.data?.status === '1';
    });
    await user('GET', '/getAllAppInfo');
    await user('GET', '/api/v1/apps/hello/stats');
    await admin('GET', '/api/v1/apps/hello/uninstallPlan');
    for (const step of ['stop', 'start', 'restart'])
      await admin('POST', `/api/v1/apps/hello/${step}`);
    const path = '/api/v1/apps/hello/events';
    const kinds = (events: readonly ReadEvent[]): Set<string> =>
      new Set(events.map((e) => e.event));
    const events = await readEvents(`${sut.url}${path}`, sut.admin.accessToken, {
      until: (all) => kinds(all).size === 4,
    });
    for (const { event, data } of events)
      problems.push(...validator.problemsOfEvent(path, event, data));
    expect((await user('POST', '/uninstallApp', { appName: 'hello' })).status).toBe(403);
    expect(
      (await admin('POST', '/uninstallApp', { appName: 'hello', removeData: true })).body.code,
    ).toBe('1');
  });
});
