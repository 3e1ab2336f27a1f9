import 'reflect-metadata';
import { createApp } from '../../src/app.setup';
import { BackupStore } from '../../src/apps/backups/backup.store';
import { loadSettings } from '../../src/platform/config/load-settings';
import { EngineContainers } from '../../src/platform/docker/engine-containers';

/**
 * A real worker process that works on one backup only and kills itself with SIGKILL right after the n-th effect
 * of it (`CHAOS_KILL_AT`; 0: never): what it writes to the backup's row and does to containers.
 */
const killAt = Number(process.env['CHAOS_KILL_AT']);
const only = process.env['CHAOS_BACKUP'];
let effects = 0;

function killAfter(prototype: object, methods: readonly string[]): void {
  for (const name of methods) {
    const original = Reflect.get(prototype, name) as (...args: unknown[]) => Promise<unknown>;
    Object.defineProperty(prototype, name, {
      value: async function (this: unknown, ...args: unknown[]): Promise<unknown> {
        const result = await original.apply(this, args);
        if ((effects += 1) === killAt) process.kill(process.pid, 'SIGKILL');
        return result;
      },
    });
  }
}

killAfter(BackupStore.prototype, ['updateOwned']);
killAfter(EngineContainers.prototype, ['stop', 'start', 'create', 'remove']);

const claim = BackupStore.prototype.claim;
BackupStore.prototype.claim = async function (this: BackupStore, id: string, token: string) {
  return id === only && claim.call(this, id, token);
};

async function main(): Promise<void> {
  const app = await createApp(loadSettings());
  await app.init();
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.stdout.write('ready\n');
}

void main();
