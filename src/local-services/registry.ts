import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { ChildService, endLeftover } from './child-service';
import { findBinary } from './find-binary';
import { findFreePort } from './free-port';

export interface RunningRegistry {
  /** `127.0.0.1:<port>`: an engine takes a loopback registry without TLS. */
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * A real image registry on a free loopback port, empty at every start; null where the package
 * docker-registry is not installed. For tests: what is pulled from here is pulled for real.
 */
export async function startRegistry(dataDir: string): Promise<RunningRegistry | null> {
  const binary = findBinary('docker-registry', 'registry');
  if (!binary) return null;
  await endLeftover(dataDir, 'registry');
  const folder = join(dataDir, 'registry');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const address = `127.0.0.1:${await findFreePort()}`;
    const configuration = join(folder, 'config.yml');
    writeFileSync(configuration, configurationFor(address, join(folder, 'blobs')));
    const service = ChildService.start({
      name: 'registry',
      command: binary,
      args: ['serve', configuration],
      dataDir,
    });
    try {
      await service.waitUntil(() => answers(address), 30_000);
      return { address, stop: () => service.stop() };
    } catch (error) {
      await service.stop();
      if (attempt >= 5) throw error;
    }
  }
}

function configurationFor(address: string, blobs: string): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: blobs }, delete: { enabled: true } },
    http: { addr: address },
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(`http://${address}/v2/`, { timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
}
