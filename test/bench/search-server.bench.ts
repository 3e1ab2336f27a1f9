import { Worker } from 'node:worker_threads';
import { Get } from '@nestjs/common';
import { AppModule } from '../../src/app.module';
import { Authenticated } from '../../src/http/access/access-rule';
import { DscapeController } from '../../src/http/openapi/controllers';
import { startAppWithAdmin } from '../support/app-with-admin';

/** Eight clients with kept-alive connections in a thread of their own; answers requests a second. */
const clients = `
const { Agent, get } = require('node:http');
const { parentPort, workerData: { url, token, milliseconds } } = require('node:worker_threads');
let count = 0;
const end = performance.now() + milliseconds;
const client = async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (performance.now() < end) {
    await new Promise((resolve, reject) => get(url, { agent, headers: { token } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error('status ' + answer.statusCode));
      answer.resume();
      answer.on('end', resolve);
    }).on('error', reject));
    count += 1;
  }
  agent.destroy();
};
Promise.all(Array.from({ length: 8 }, client)).then(() => parentPort.postMessage(count));
`;

async function perSecond(url: string, token: string, milliseconds: number): Promise<number> {
  const worker = new Worker(clients, { eval: true, workerData: { url, token, milliseconds } });
  const count = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  return (count * 1000) / milliseconds;
}

/** The least that a signed-in user can be answered: what remains is the framework and the check of the token. */
@DscapeController('trivial', 'Server')
class Trivial {
  @Get()
  @Authenticated()
  answer(): { ok: boolean } {
    return { ok: true };
  }
}

describe('searchServer', () => {
  it('costs at most 1.3 times a trivial authenticated call', async () => {
    const original = AppModule.for.bind(AppModule);
    jest
      .spyOn(AppModule, 'for')
      .mockImplementation((settings) => ({ ...original(settings), controllers: [Trivial] }));
    const sut = await startAppWithAdmin();
    try {
      await sut.admin.http.post('/api/v1/server/risks/scan');
      const trivial = `${sut.url}/api/v1/trivial`;
      const state = `${sut.url}/searchServer`;
      for (const url of [trivial, state]) await perSecond(url, sut.admin.accessToken, 1_500);
      const ratios: number[] = [];
      for (let round = 0; round < 5; round++) {
        const base = await perSecond(trivial, sut.admin.accessToken, 1_000);
        const measured = await perSecond(state, sut.admin.accessToken, 1_000);
        ratios.push(base / measured);
        process.stderr.write(
          `trivial ${Math.round(base)}/s, searchServer ${Math.round(measured)}/s\n`,
        );
      }
      const median = ratios.sort((a, b) => a - b)[2];
      process.stderr.write(`median ratio ${median?.toFixed(2)}\n`);
      expect(median).toBeLessThanOrEqual(1.3);
    } finally {
      await sut.close();
    }
  });
});
