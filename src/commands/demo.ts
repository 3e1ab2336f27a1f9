import { loadSettings } from '../platform/config/load-settings';
import { DemoClient, DemoFailure } from './demo/demo-client';
import { signIn } from './demo/sign-in';
import { showApp } from './demo/show-app';
import { showCompute } from './demo/show-compute';
import { say } from './demo/say';

/**
 * Walks through the running server as a newcomer would: becomes administrator or signs in, installs
 * `hello`, reads its page, runs two computations, tidies up. Exit status 0 only when all of it worked.
 *
 * STACKSCAPE_URL names the server; absent, the one that `npm start` brings up with these settings.
 */
async function main(): Promise<void> {
  const settings = loadSettings();
  const scheme = settings.tlsCert ? 'https' : 'http';
  const url = process.env['STACKSCAPE_URL'] ?? `${scheme}://127.0.0.1:${settings.port}`;
  const started = Date.now();
  say('title', { url });
  const client = new DemoClient(url);
  await client.waitUntilReady();
  await signIn(client, settings.dataDir);
  const appFailure = await showApp(client, 'hello').catch((error: unknown) => error);
  if (appFailure) say('app-failed', { reason: (appFailure as Error).message });
  await showCompute(client); // also without Docker: the two halves stand on their own
  if (appFailure) throw appFailure as Error;
  say('verdict-good', { seconds: ((Date.now() - started) / 1000).toFixed(1) });
}

main().catch((error: unknown) => {
  const reason = error instanceof DemoFailure ? error.message : (error as Error).stack;
  say('verdict-bad', { reason: reason ?? String(error) });
  process.exitCode = 1;
});
