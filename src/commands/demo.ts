import { readFileSync } from 'node:fs';
import { loadSettings } from '../platform/config/load-settings';
import { bilingual } from '../platform/i18n/bilingual';
import { DemoClient } from './demo/demo-client';
import { showApp } from './demo/show-app';
import { showCompute } from './demo/show-compute';
import { signIn } from './demo/sign-in';
import { readArguments } from './terminal/arguments';
import { printFailure, printLine, runCommand } from './terminal/terminal';

const USAGE = bilingual(
  '用法：npm run demo（服务器地址取自 STACKSCAPE_URL）',
  'Usage: npm run demo (STACKSCAPE_URL names the server)',
);

/**
 * Uses the running server as a new user would: becomes administrator or signs in, installs `hello`,
 * reads its page, runs two computations and uninstalls. Exit status 0 only when all of it worked.
 *
 * STACKSCAPE_URL names the server; default: the one that `npm start` starts with these settings.
 */
async function demo(): Promise<number> {
  if (!readArguments(USAGE, [0, 0])) return 0;
  const settings = loadSettings();
  const scheme = settings.tlsCert ? 'https' : 'http';
  const named = process.env['STACKSCAPE_URL'];
  const url = named ?? `${scheme}://127.0.0.1:${settings.port}`;
  const started = Date.now();
  printLine(bilingual(`StackScape 演示：${url}`, `StackScape demo on ${url}`));
  const own =
    named === undefined && settings.tlsCert ? readFileSync(settings.tlsCert, 'utf8') : null;
  const client = new DemoClient(url, own);
  await client.waitUntilReady();
  await signIn(client, settings.dataDir);
  let failed = 0;
  for (const part of [showApp, showCompute]) {
    // Each part is shown even when the other fails: computing needs no Docker.
    await part(client).catch((error: unknown) => {
      failed += 1;
      printFailure(error);
    });
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  printLine(
    failed === 0
      ? bilingual(`演示通过，用时 ${seconds} 秒。`, `The demo passed in ${seconds} s.`)
      : bilingual('演示失败。', 'The demo failed.'),
  );
  return failed === 0 ? 0 : 1;
}

void runCommand(demo);
