import { DemoFailure, fieldsOf, pause, type DemoClient } from './demo-client';
import { drawProgress, endProgress } from './progress-bar';
import { say } from './say';

const ALREADY_EXISTS = 20001;
const DEADLINE_MS = 120_000;

/** Installs the app, waits until it answers HTTP on its port, prints its page and uninstalls it. */
export async function showApp(client: DemoClient, appName: string): Promise<void> {
  const install = await client.call('POST', '/installApp', { appName });
  if (install.code === 20000)
    say('installing', { app: appName, port: String(fieldsOf(install, 'installApp')['port']) });
  else if (install.code === ALREADY_EXISTS) say('already-there', { app: appName });
  else throw new DemoFailure(`installApp: ${install.code} ${install.message}`);

  const port = await untilStarted(client, appName);
  const url = `http://${new URL(client.url).hostname}:${port}/`;
  const page = await untilPage(url);
  say('page', { url });
  process.stdout.write(indent(textOf(page)));

  await client.mustCall('POST', '/uninstallApp', { appName, removeData: true });
  say('uninstalled', { app: appName });
}

async function untilStarted(client: DemoClient, appName: string): Promise<string> {
  for (const end = Date.now() + DEADLINE_MS; ; await pause(200)) {
    const info = fieldsOf(
      await client.mustCall('GET', `/getAppInfo?appName=${appName}`),
      'getAppInfo',
    );
    drawProgress(Number(info['progress']), String(info['phase']));
    if (info['status'] === '1') {
      endProgress();
      return String(info['port']);
    }
    if (info['status'] === '2') throw new DemoFailure(`${appName}: ${String(info['info'])}`);
    if (Date.now() > end)
      throw new DemoFailure(`${appName} did not start within ${DEADLINE_MS / 1000} s`);
  }
}

async function untilPage(url: string): Promise<string> {
  for (const end = Date.now() + 15_000; ; await pause(200)) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (response?.ok) return response.text();
    if (Date.now() > end) throw new DemoFailure(`${url} does not answer`);
  }
}

/** What a reader of the page would see. */
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

function indent(text: string): string {
  return text.replace(/^/gm, '  │ ') + '\n';
}
