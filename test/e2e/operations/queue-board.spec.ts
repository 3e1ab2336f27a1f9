import type { Browser, Page } from 'playwright-core';
import { startAppWithAdmin, useApp, type AppWithAdmin } from '../../support/app-with-admin';
import { launchBrowser } from '../../support/pages/browser';
import { signUpUser, type SignedIn } from '../../support/factories/users';

const PATH = '/admin/queues';

describe('the queue board', () => {
  const app = useApp();
  let user: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(app, app.admin);
  });

  it.each(['', '/', '/api/queues', '/queue/x'])(
    'rejects a call without a token at %j',
    async (path) => {
      const answer = await app.http.get(PATH + path);
      expect([answer.status, answer.body.code]).toEqual([401, 40000]);
      const refused = await user.http.get(PATH + path);
      expect([refused.status, refused.body.code]).toEqual([403, 40300]);
    },
  );

  it('answers a browser with 401 and a sign-in page', async () => {
    const answer = await app.http.with({ accept: 'text/html' }).get(PATH);
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('access_token');
  });

  it('shows every queue to an administrator and serves no other file', async () => {
    const page = await app.admin.http.get(PATH);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    const { body } = await app.admin.http.get(
      `${PATH}/api/queues?activeQueue=&page=1&jobsPerPage=10`,
    );
    expect(body.queues.length).toBeGreaterThan(0);
    const escape = await app.http.get(`${PATH}/static/..%2f..%2f..%2f..%2fpackage.json`);
    expect(escape.status).toBeGreaterThanOrEqual(400);
  });

  it('allows queue changes to administrators only and records them in the audit log', async () => {
    const { body } = await app.admin.http.get(
      `${PATH}/api/queues?activeQueue=&page=1&jobsPerPage=10`,
    );
    const call = `${PATH}/api/queues/${body.queues[0].name}/clean/completed`;
    expect((await app.http.send('PUT', call)).status).toBe(401);
    expect((await user.http.send('PUT', call)).status).toBe(403);
    expect((await app.admin.http.send('PUT', call)).status).toBe(200);
    const audit = await app.admin.http.get('/api/v1/user/admin/audit?action=queue-board.used');
    expect(audit.body.data.items).toHaveLength(1);
  });
});

describe('the queue board in a real browser', () => {
  let app: AppWithAdmin;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    app = await startAppWithAdmin();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  it('opens with a pasted token, stays open after a reload, sends no cookie and asks no other host', async () => {
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(`${app.url}/`)) foreign.push(request.url());
    });
    page.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) foreign.push(line.text());
    });
    const queues = await app.admin.http.get(
      `${PATH}/api/queues?activeQueue=&page=1&jobsPerPage=10`,
    );
    const name = queues.body.queues[0].name as string;
    await page.goto(app.url + PATH);
    await page.locator('input[name=token]').fill('not a token');
    await page.locator('button').click();
    await page.getByText('not valid or expired').waitFor();
    await page.locator('input[name=token]').fill(app.admin.accessToken);
    await page.locator('button').click();
    await page.getByText(name, { exact: false }).first().waitFor();
    await page.reload();
    await page.getByText(name, { exact: false }).first().waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(foreign).toEqual([]);
    expect((await app.admin.http.get(PATH)).body).not.toContain('googleapis');
  });
});
