import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { launchBrowser } from '../support/pages/browser';
import {
  overflowsSideways,
  seriousFaults,
  signInAt,
  visitConsole,
  type ConsoleVisitor,
} from '../support/pages/console-page';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab } from '../support/swarm/swarm-lab';

jest.setTimeout(240_000);

describe('nodes in the console', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;
  let worker: string;

  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
    worker = swarm.nodes[1]!.name;
    const { host, docker } = swarm.manager;
    lab = await AppLab.start(
      { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host },
      docker,
    );
    const image = await publishStandIn(`console-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }); // prettier-ignore
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
