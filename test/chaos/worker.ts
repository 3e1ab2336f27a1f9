import 'reflect-metadata';
import { createApp } from '../../src/app.setup';
import { InstallRunner } from '../../src/apps/install/install.runner';
import { Ledger } from '../../src/apps/install/ledger';
import { loadSettings } from '../../src/platform/config/load-settings';

/**
 * A real worker process that works on one installation only and kills itself with SIGKILL right
 * after the n-th write to the ledger (`CHAOS_KILL_AT`; 0: never). `CHAOS_COUNT` says which writes
 * count: those of the install (`begin`, `done`) or those of the undo (`undone`).
 */
const killAt = Number(process.env['CHAOS_KILL_AT']);
const counted = process.env['CHAOS_COUNT'] === 'undo' ? ['undone'] : ['begin', 'done'];
const only = process.env['CHAOS_INSTALLATION'];

let writes = 0;
for (const name of counted as ('begin' | 'done' | 'undone')[]) {
  const original = Ledger.prototype[name] as (...args: unknown[]) => Promise<void>;
  Object.defineProperty(Ledger.prototype, name, {
    value: async function (this: Ledger, ...args: unknown[]): Promise<void> {
      await original.apply(this, args);
      writes += 1;
      if (writes === killAt) process.kill(process.pid, 'SIGKILL');
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
