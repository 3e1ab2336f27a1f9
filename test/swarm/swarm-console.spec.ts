import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { ApiProcess } from '../support/api-process';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { launchBrowser } from '../support/pages/browser';
import {
  overflowsSideways,
  seriousFaults,
  signInAt,
  visitConsole,
  type ConsoleVisitor,
} from '../support/pages/console-page';
import { pollUntil } from '../support/poll-until';
import { S3Server } from '../support/remotes/s3-server';
import { publishStandIn } from '../support/stand-in-image';
import { copyOfServer } from '../support/swarm/copy-of-server';
import { SwarmLab } from '../support/swarm/swarm-lab';

jest.setTimeout(240_000);

describe('nodes in the console', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;
  let remote: S3Server;
  let image: string;
  /** Name of the second node. */
  let worker: string;

  beforeAll(async () => {
    // The second one is a manager that can hold data too.
    swarm = await SwarmLab.start(2, [], 2);
    worker = swarm.nodes[1]!.name;
    const { host, docker } = swarm.manager;
    remote = await S3Server.start();
    const bucket = `s3:http://127.0.0.1:${remote.proxy.port}/backups`;
    lab = await AppLab.start(
      {
        ...remote.environment,
        BACKUP_REPOSITORIES: `here=/var/tmp/never,first=${bucket}/first,second=${bucket}/second`,
        ORCHESTRATOR: 'swarm',
        APP_BIND: '0.0.0.0',
        DOCKER_HOST: host,
      },
      docker,
    );
    image = await publishStandIn(`console-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }); // prettier-ignore
    await lab.writeApp('guest', `services:\n  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"] }\n`); // prettier-ignore
    await lab.admin.http.post('/api/v1/catalogue/reload');
    browser = await launchBrowser();
    visitor = await visitConsole(browser, `${lab.server.url}/#/apps/guest`);
    page = visitor.page;
    page.setDefaultTimeout(30_000);
    await signInAt(page, lab.admin.name, `password of ${lab.admin.name}`);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
    await swarm?.destroy();
    await remote?.close();
  });

  const row = () => page.getByRole('row', { name: new RegExp(worker) });

  it('are chosen at an install, with the reason in the plan, and shown with the app', async () => {
    await page.getByText(/web: .* \(any node\)/).waitFor();
    await page.getByLabel('Node', { exact: true }).selectOption({ label: worker });
    await page.getByText(`web: ${worker} (the chosen node ${worker})`).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const accepted = page.waitForResponse(/\/installApp$/);
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    expect((await accepted).status()).toBe(200);
    await lab.settled('guest', '1', 90_000);
    await page.reload();
    await page.getByRole('row', { name: `Node ${worker}`, exact: true }).waitFor();
  });

  it('are chosen for an app that moves, and back', async () => {
    for (const name of [swarm.manager.name, worker]) {
      await page.getByRole('button', { name: 'Move', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('It stops for a moment').waitFor();
      expect(await dialog.getByLabel('Backup repository').count()).toBe(0);
      await dialog.getByLabel('Node', { exact: true }).selectOption({ label: name });
      expect(await seriousFaults(page)).toEqual([]);
      const accepted = page.waitForResponse(/\/move$/);
      await dialog.getByRole('button', { name: 'Move', exact: true }).click();
      expect((await accepted).status()).toBe(200);
      await lab.settled('guest', '1', 90_000);
      await page.reload();
      await page.getByRole('row', { name: `Node ${name}`, exact: true }).waitFor();
    }
  });

  it('and the repository, for an app with data', async () => {
    await lab.writeApp('keeper', `services:\n  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }\nvolumes: { data: }\n`); // prettier-ignore
    await lab.installed('keeper');
    await page.goto(`${lab.server.url}/#/apps/keeper`);
    const dialog = page.getByRole('dialog');
    const open = () => page.getByRole('button', { name: 'Move', exact: true }).click();
    const confirm = dialog.getByRole('button', { name: 'Move', exact: true });
    await open();
    await dialog.getByText('There is no node to go to').waitFor();
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Back' }).click();

    const { id, host } = swarm.nodes[1]!;
    const folder = await copyOfServer(lab);
    const { environment } = lab.installation;
    const second = await ApiProcess.start({ ...environment, DATA_DIR: folder, DOCKER_HOST: host }, { role: 'all' }); // prettier-ignore
    try {
      await open();
      await dialog.getByText('stopped, saved to the backup repository, verified, and restored').waitFor(); // prettier-ignore
      const choice = (label: string) => dialog.getByLabel(label, { exact: true }).locator('option');
      expect(await choice('Node').allTextContents()).toEqual([worker]);
      expect(await choice('Backup repository').allTextContents()).toEqual(['first', 'second']);
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByLabel('Backup repository').selectOption('second');
      const accepted = page.waitForResponse(/\/move$/);
      await confirm.click();
      expect((await accepted).status()).toBe(200);
      const row = await pollUntil('the move to end', async () => {
        const [found] = await lab.server.dataSource.query<{ home: string; state: string }[]>(
          "SELECT home, state FROM app_installations WHERE activeApp = 'keeper'",
        );
        return found?.state === 'installed' ? found : null;
      }, { deadlineMs: 120_000, everyMs: 200 }); // prettier-ignore
      expect(row.home).toBe(id);
      const { items } = (await lab.admin.http.get('/api/v1/apps/keeper/backups')).body.data;
      expect(items).toMatchObject([{ origin: 'move', repository: 'second', state: 'saved' }]);
      expect((await lab.uninstall('keeper', true)).status).toBe(200);
    } finally {
      await second.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('are listed, labelled, drained and activated', async () => {
    await page.getByRole('link', { name: 'Nodes' }).click();
    await page.getByRole('heading', { name: 'Nodes' }).waitFor();
    await row().getByRole('link', { name: 'guest' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);

    await row()
      .getByRole('button', { name: `Labels of ${worker}` })
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('One a line').fill('zone=b\n-wrong=x');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/at most 64 labels/).waitFor();
    await dialog.getByLabel('One a line').fill('zone=b\ndisk = ssd');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await row().getByText('disk=ssd zone=b').or(row().getByText('zone=b disk=ssd')).waitFor();

    await row().getByRole('button', { name: 'Drain' }).click();
    await page.getByRole('dialog').getByText('guest').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
    await row().getByText('drained').waitFor();
    await row().getByRole('button', { name: 'Activate' }).click();
    await row().getByRole('button', { name: 'Drain' }).waitFor();
  });

  it('fit a phone, in Chinese too', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    expect(await overflowsSideways(page)).toBe(false);
    const chinese = await visitConsole(browser, `${lab.server.url}/#/nodes`, { language: 'zh-CN' });
    await chinese.page.getByLabel('用户名').fill(lab.admin.name);
    await chinese.page.getByLabel('密码', { exact: true }).fill(`password of ${lab.admin.name}`);
    await chinese.page.keyboard.press('Enter');
    await chinese.page.getByRole('heading', { name: '节点' }).waitFor();
    await chinese.page.getByRole('button', { name: '排空' }).first().waitFor();
    expect([...visitor.complaints, ...chinese.complaints]).toEqual([]);
    await lab.uninstall('guest');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
