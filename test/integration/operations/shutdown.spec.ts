import { Worker } from 'node:worker_threads';
import { HttpDrain } from '../../../src/http/connections/http-drain';
import { startAppWithAdmin } from '../../support/app-with-admin';
import { pollUntil } from '../../support/poll-until';
import { TcpProxy } from '../../support/tcp-proxy';
import { startTestApp } from '../../support/test-app';

interface Tally {
  /** Answers with 200. */
  readonly served: number;
  /** Connections that nobody took: the client knows that its request was not carried out. */
  readonly refused: number;
  readonly bad: readonly string[];
}

/** Sixteen clients with kept-alive connections in a thread of their own, until nobody listens. */
const clients = `
const { Agent, get } = require('node:http');
const { parentPort, workerData: { url, token } } = require('node:worker_threads');
const tally = { served: 0, refused: 0, bad: [] };
const ask = (agent) => new Promise((resolve) => {
  const call = get(url, { agent, headers: { token } }, (answer) => {
    answer.resume();
    answer.on('end', () => {
      if (answer.statusCode === 200) tally.served += 1;
      else tally.bad.push('status ' + answer.statusCode);
      resolve();
    });
    answer.on('error', (error) => { tally.bad.push('answer ' + error.message); resolve(); });
  });
  call.on('error', (error) => {
    if (error.syscall === 'connect') tally.refused += 1;
    else tally.bad.push(error.message);
    resolve();
  });
});
const client = async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (tally.refused === 0) {
    await ask(agent);
    if (tally.served % 500 === 0) parentPort.postMessage(tally);
  }
  agent.destroy();
};
Promise.all(Array.from({ length: 16 }, client)).then(() => parentPort.postMessage({ ...tally, over: true }));
`;

describe('shutdown', () => {
  it('loses no accepted request under load', async () => {
    const sut = await startAppWithAdmin();
    const workerData = { url: `${sut.url}/api/v1/user/me`, token: sut.admin.accessToken };
    const worker = new Worker(clients, { eval: true, workerData });
    let last: (Tally & { over?: boolean }) | undefined;
    worker.on('message', (tally: Tally) => (last = tally));

    await pollUntil('load', () => (last?.served ?? 0) >= 500);
    const before = last?.served ?? 0;
    await sut.close();
    const tally = await pollUntil('the clients to give up', () => last?.over && last);
    await worker.terminate();

    expect(tally.bad).toEqual([]);
    expect(tally.served).toBeGreaterThan(before);
  });

  it('fails readiness first', async () => {
    const sut = await startTestApp();
    expect((await sut.http.get('/health/ready')).status).toBe(200);
    const drain = sut.app.get(HttpDrain);
    const closed = sut.close();
    await pollUntil('the shutdown to begin', () => drain.draining, { everyMs: 1 });
    const answer = await sut.http.get('/health/ready').catch(() => null);
    if (answer) expect(answer.status).toBe(503);
    await closed;
  });

  it('does not wait for open streams', async () => {
    const sut = await startAppWithAdmin();
    const stream = await fetch(`${sut.url}/api/v1/server/events`, {
      headers: { token: sut.admin.accessToken },
    });
    const reader = stream.body?.getReader();
    await reader?.read();
    const begun = Date.now();
    await sut.close();
    expect(Date.now() - begun).toBeLessThan(15_000); // calls in flight have 20 s
    await reader?.cancel().catch(() => undefined);
  });

  it.each(['cut', 'stall'] as const)(
    'ends within seconds while Redis is unavailable (%s)',
    async (fault) => {
      const { proxy, url } = await TcpProxy.beforeUrl(process.env['TEST_REDIS_URL'] ?? '');
      const sut = await startAppWithAdmin({ REDIS_URL: url });
      await proxy[fault]();
      const closed = sut.app.close().then(() => 'closed');
      const late = new Promise((resolve) => setTimeout(() => resolve('hangs'), 20_000).unref());
      expect(await Promise.race([closed, late])).toBe('closed');
      await proxy.restore();
      await sut.close(); // drops the installation
      await proxy.cut();
    },
  );
});
