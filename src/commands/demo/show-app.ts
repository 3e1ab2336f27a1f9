import { bilingual } from '../../platform/i18n/bilingual';
import { pollUntil } from '../../platform/waiting/poll-until';
import { printLine } from '../terminal/terminal';
import { DemoFailure, fieldsOf, getOk, type DemoClient } from './demo-client';
import { drawProgress, endProgress } from './progress-bar';

const APP = 'hello';
const ALREADY_EXISTS = 20001;
const DEADLINE_MS = 120_000;

/** Installs the app, waits until it answers HTTP on its port, prints its page and uninstalls it. */
export async function showApp(client: DemoClient): Promise<void> {
  const install = await client.call('POST', '/installApp', { appName: APP });
  if (install.code === 20000) {
    const port = String(fieldsOf(install, 'installApp')['port']);
    printLine(bilingual(`✔ ${APP} 已开始安装，端口 ${port}`, `✔ Installing ${APP}, port ${port}`));
  } else if (install.code === ALREADY_EXISTS) {
    printLine(bilingual(`✔ ${APP} 已经安装，直接使用`, `✔ ${APP} is already installed; using it`));
  } else throw new DemoFailure(`installApp: ${install.code} ${install.message}`);

  const port = await untilStarted(client);
  const url = `http://${new URL(client.url).hostname}:${port}/`;
  const page = await pollUntil(
    () => getOk(url),
    { deadlineMs: 15_000, everyMs: 200 },
    () => {
      throw new DemoFailure(`${url} does not answer`);
    },
  );
  printLine(bilingual(`✔ ${url} 的页面：`, `✔ The page at ${url}:`));
  printLine(textOf(await page.text()).replace(/^/gm, '  │ '));

  await client.mustCall('POST', '/uninstallApp', { appName: APP, removeData: true });
  printLine(
    bilingual(`✔ ${APP} 已卸载，端口已释放`, `✔ Uninstalled ${APP}; its port is free again`),
  );
}

/** @returns the port of the running app */
function untilStarted(client: DemoClient): Promise<string> {
  const probe = async (): Promise<string | null> => {
    const answer = await client.mustCall('GET', `/getAppInfo?appName=${APP}`);
    const info = fieldsOf(answer, 'getAppInfo');
    drawProgress(Number(info['progress']), String(info['phase']));
    if (info['status'] === '2') throw new DemoFailure(`${APP}: ${String(info['info'])}`);
    if (info['status'] !== '1') return null;
    endProgress();
    return String(info['port']);
  };
  return pollUntil(probe, { deadlineMs: DEADLINE_MS, everyMs: 200 }, () => {
    throw new DemoFailure(`${APP} did not start within ${DEADLINE_MS / 1000} s`);
  });
}

/** The visible text of a page. */
function textOf(html: string): string {
  return html
    .replace(/<(style|script|head)[\s\S]*?<\/\1>/gi, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
