import { get as getPlainly } from 'node:http';
import { get as getOverTls } from 'node:https';

const TIMEOUT_MS = 1_000;

/**
 * Where a StackScape server of this machine answers on that port, e.g. `https://localhost:3000`, or
 * null. The certificate is not verified: nothing secret is sent, and it may sign itself.
 */
export async function findOwnServer(port: number): Promise<string | null> {
  for (const scheme of ['http', 'https'] as const)
    if (await isAlive(scheme, port)) return `${scheme}://localhost:${port}`;
  return null;
}

function isAlive(scheme: 'http' | 'https', port: number): Promise<boolean> {
  const get = scheme === 'https' ? getOverTls : getPlainly;
  const options = { host: '127.0.0.1', port, path: '/health/live', timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    const request = get({ ...options, rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 && 'x-request-id' in answer.headers);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', () => resolve(false));
  });
}
