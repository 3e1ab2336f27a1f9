import 'reflect-metadata';
import { createApp } from '../../src/app.setup';
import { InstallRunner } from '../../src/apps/install/install.runner';
import { InstallLedger } from '../../src/apps/install/install-journal';
import { Upgrader } from '../../src/apps/install/upgrader';
import { loadSettings } from '../../src/platform/config/load-settings';
import { EngineContainers } from '../../src/platform/docker/engine-containers';

/**
 * A real worker process that works on one installation only and kills itself with SIGKILL right
 * after the n-th effect that counts (`CHAOS_KILL_AT`; 0: never). `CHAOS_COUNT` says which do: ledger
 * writes of an install or of its undo; for an upgrade also what it does to containers, which is all
 * that counts of bringing the old version back.
 */
const killAt = Number(process.env['CHAOS_KILL_AT']);
const kind = process.env['CHAOS_COUNT'] ?? 'install';
const only = process.env['CHAOS_INSTALLATION'];

let counts = kind !== 'bring-back';
let effects = 0;

function killAfter(prototype: object, methods: readonly string[]): void {
  for (const name of methods) {
    const original = Reflect.get(prototype, name) as (...args: unknown[]) => Promise<unknown>;
    Object.defineProperty(prototype, name, {
      value: async function (this: unknown, ...args: unknown[]): Promise<unknown> {
        const result = await original.apply(this, args);
        if (counts && (effects += 1) === killAt) process.kill(process.pid, 'SIGKILL');
        return result;
      },
    });
  }
}

if (kind === 'undo') killAfter(InstallLedger.prototype, ['undone']);
if (kind === 'install' || kind === 'upgrade') killAfter(InstallLedger.prototype, ['begin', 'done']);
if (kind === 'upgrade') killAfter(EngineContainers.prototype, ['stop', 'rename', 'remove']);
if (kind === 'bring-back') {
  killAfter(EngineContainers.prototype, ['start', 'rename', 'remove']);
  const restore = Reflect.get(Upgrader.prototype, 'restore') as () => Promise<void>;
  Object.defineProperty(Upgrader.prototype, 'restore', {
    value: async function (this: Upgrader, ...args: []): Promise<void> {
      counts = true;
      await restore.apply(this, args);
    },
  });
}

const run = InstallRunner.prototype.run;
InstallRunner.prototype.run = async function (this: InstallRunner, id: string): Promise<void> {
  if (only === undefined || id === only) await run.call(this, id);
};

async function main(): Promise<void> {
  const app = await createApp(loadSettings());
  await app.init();
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.stdout.write('ready\n');
}

void main();
