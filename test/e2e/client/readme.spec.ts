import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/pages/browser';
import { uniqueName } from '../../support/factories/users';
import { useApp } from '../../support/app-with-admin';
import { ClientProject, codeBlocks } from '../../support/packed-client';

const PASSWORD = 'correct horse';
const STORY = [
  expect.stringMatching(/^(queued|preflight|pulling|creating|starting|waiting|running) \d+ %$/),
  'running',
  expect.stringMatching(/^hello answers at port \d+$/),
  '1: p = 0.789',
];

describe('the examples of client/README.md', () => {
  const app = useApp();
  let project: ClientProject;
  let userName: string;

  beforeAll(async () => {
    project = new ClientProject();
    codeBlocks('client/README.md', 'ts').forEach((code, i) => project.write(`e${i}.ts`, code));
    const files = ['e0.ts', 'e1.ts', 'e2.ts', 'e3.ts', 'e4.ts'];
    project.compile(files, ['--module', 'esnext', '--moduleResolution', 'bundler']);
    project.write('package.json', '{"type":"module"}');
    userName = uniqueName('reader');
    project.write(
      'account.js',
      `import { StackScapeClient } from '@stackscape/client';
       const [, , baseUrl, token, name] = process.argv;
       const tokens = { read: () => ({ access_token: token, expired: Infinity }), write: () => {} };
       await new StackScapeClient({ baseUrl, tokens }).users.add(name, '${PASSWORD}', 1);`,
    );
    await project.run('account.js', [app.url, app.admin.accessToken, userName]);
  });
  afterAll(() => project.remove());

  it('compile strictly for CommonJS too', () => {
    project.write('package.json', '{"type":"commonjs"}');
    try {
      project.compile(
        ['e0.ts', 'e4.ts'],
        [...['--module', 'node16', '--moduleResolution', 'node16', '--outDir', 'cjs']],
      );
      expect(project.read('cjs/e0.js')).toContain('require("@stackscape/client")');
    } finally {
      project.write('package.json', '{"type":"module"}');
    }
  });

  it('sign in, install with progress, compute and uninstall in Node', async () => {
    project.write(
      'node.js',
      `import { story } from './e0.js';
       await story(...process.argv.slice(2));`,
    );
    const lines = (await project.run('node.js', [app.url, userName, PASSWORD])).split('\n');
    expect(lines).toEqual(expect.arrayContaining(STORY));
  });

  it('explain errors, import and export, follow events in Node', async () => {
    project.write(
      'rest.js',
      `import { StackScapeClient } from '@stackscape/client';
       import { explain } from './e1.js';
       import { follow } from './e2.js';
       import { rest } from './e4.js';
       const [, , baseUrl, name, password] = process.argv;
       const client = new StackScapeClient({ baseUrl, language: 'en' });
       console.log(await explain(client));
       const { uid } = await client.account.signIn(name, password);
       console.log(await explain(client));
       console.log(JSON.stringify(await rest(client, uid, 'pid,ctdna,cpg,hcc\\n1,209,5,true\\n2,0,0,false\\n')));
       await follow(client, AbortSignal.timeout(3_000));
       console.log((await (await client.history.export(uid)).text()).split('\\n').length);`,
    );
    const lines = (await project.run('rest.js', [app.url, userName, PASSWORD])).split('\n');
    expect(lines[0]).toMatch(/^40000 .+ \([0-9a-f-]{36}\)$/);
    expect(lines[1]).toBe('ctdna');
    expect(lines).toContain('43 of 43 bytes');
    expect(lines).toContain('1 records, 1 bad lines');
    expect(lines.some((line) => /^\{"title":".+","total":\d+\}$/.test(line))).toBe(true);
    expect(lines).toContain('connected');
  });

  describe('in Chromium', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    it('sign in, install with progress, compute and uninstall; two tabs share one session', async () => {
      const context = await browser.newContext();
      await context.route(`${app.url}/__test/**`, (route) => {
        const path = new URL(route.request().url()).pathname.replace('/__test/', '');
        return path === 'page'
          ? route.fulfill({ contentType: 'text/html', body: PAGE })
          : route.fulfill({ contentType: 'text/javascript', body: project.read(path) });
      });
      const [one, two] = [await context.newPage(), await context.newPage()];
      const lines: string[] = [];
      one.on('console', (message) => lines.push(message.text()));
      for (const page of [one, two]) await page.goto(`${app.url}/__test/page`);
      await one.evaluate(
        `import('/__test/e0.js').then(({ story }) => story(${JSON.stringify(app.url)}, ${JSON.stringify(userName)}, '${PASSWORD}'))`,
      );
      expect(lines).toEqual(expect.arrayContaining(STORY));

      const client = `import('/__test/e3.js').then(({ forBrowsers }) => (window.client = forBrowsers()))`;
      for (const page of [one, two]) await page.evaluate(`${client}.then(() => null)`);
      await one.evaluate(`client.account.signIn(${JSON.stringify(userName)}, '${PASSWORD}')`);
      expect(await two.evaluate('client.account.me().then((me) => me.user_name)')).toBe(userName);
      await context.close();
    });
  });
});

const PAGE = `<!doctype html><script type="importmap">
{"imports":{"@stackscape/client":"/__test/node_modules/@stackscape/client/dist/esm/index.js"}}</script>`;
