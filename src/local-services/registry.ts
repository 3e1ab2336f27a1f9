import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildService, endLeftover } from './child-service';
import { findBinary } from './find-binary';
import { startOnFreePort } from './port-service';

export interface RunningRegistry {
  /** `127.0.0.1:<port>`: engines accept a loopback registry without TLS. */
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * A real image registry on a free loopback port, empty at every start; null when the package
 * docker-registry is not installed. For tests, so that pulls are real.
 */
export async function startRegistry(dataDir: string): Promise<RunningRegistry | null> {
  const command = findBinary('docker-registry', 'registry');
  if (!command) return null;
  await endLeftover(dataDir, 'registry');
  const folder = join(dataDir, 'registry');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'config.yml');
  const { port, service } = await startOnFreePort({
    folder,
    start: (port) => {
      writeFileSync(configuration, configurationFor(port, join(folder, 'blobs')));
      return ChildService.start({
        name: 'registry',
        command,
        args: ['serve', configuration],
        dataDir,
      });
    },
    answers: (port) =>
      fetch(`http://127.0.0.1:${port}/v2/`, { signal: AbortSignal.timeout(1_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    timeoutMs: 30_000,
    portTaken: 'address already in use',
  });
  return { address: `127.0.0.1:${port}`, stop: () => service.stop() };
}

function configurationFor(port: number, blobs: string): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: blobs }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  });
}
