import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildService } from './child-service';
import { findFreePort } from './free-port';

const MAX_ATTEMPTS = 5;

export interface PortServiceSpec {
  /** Folder that remembers the port, so that the service keeps its address over restarts. */
  readonly folder: string;
  start(port: number): ChildService;
  /** Whether the service takes requests on that port. */
  answers(port: number): Promise<boolean>;
  readonly timeoutMs: number;
  /** What the service prints when another process took the port first. */
  readonly portTaken: string;
}

export interface RunningService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a service on a free loopback port, the one of its last start if possible, and waits for it. */
export async function startOnFreePort(
  spec: PortServiceSpec,
): Promise<{ port: number; service: ChildService }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(attempt === 1 ? rememberedPort(spec.folder) : null);
    const service = spec.start(port);
    try {
      await service.waitUntil(() => spec.answers(port), spec.timeoutMs);
      writeFileSync(join(spec.folder, 'port'), `${port}\n`);
      return { port, service };
    } catch (error) {
      const taken = service.lastOutput(20).includes(spec.portTaken);
      await service.stop();
      if (!taken || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** The port of the last start, or null. */
export function rememberedPort(folder: string): number | null {
  try {
    const port = Number(readFileSync(join(folder, 'port'), 'utf8'));
    return Number.isInteger(port) && port > 1023 && port < 65536 ? port : null;
  } catch {
    return null;
  }
}
