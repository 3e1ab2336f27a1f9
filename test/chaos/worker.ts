import 'reflect-metadata';
import { createApp } from '../../src/app.setup';
import { BackupStore } from '../../src/apps/backups/backup.store';
import { UpgradeBackups } from '../../src/apps/backups/upgrade-backups';
import { InstallRunner } from '../../src/apps/install/install.runner';
import { UpgradeService } from '../../src/apps/lifecycle/upgrade.service';
import { UpdatePolicies } from '../../src/apps/updates/update-policies.service';
import { UpdateWatch } from '../../src/apps/updates/update-watch';
import { AuditService } from '../../src/audit/audit.service';
import { InstallLedger } from '../../src/apps/install/install-journal';
import { Upgrader } from '../../src/apps/install/upgrader';
import { loadSettings } from '../../src/platform/config/load-settings';
import { EngineContainers } from '../../src/platform/docker/engine-containers';
import { EngineNetworks } from '../../src/platform/docker/engine-networks';
import { EngineVolumes } from '../../src/platform/docker/engine-volumes';
import { SwarmApi } from '../../src/platform/docker/swarm/swarm-api';

/**
 * A real worker process that works on one installation (`CHAOS_INSTALLATION`) or backup (`CHAOS_BACKUP`) only
 * and kills itself with SIGKILL right after the n-th effect that counts (`CHAOS_KILL_AT`; 0: never).
 * `CHAOS_COUNT` says which do: ledger writes of an install or of its undo; for an upgrade also what it does to
 * containers, which is all that counts of bringing the old version back, or what it writes of its backup and does
 * to its data; for a backup what is written to its row and done to containers, for the trial of one also to
 * networks and volumes; for an upgrade in its window all that counts of one with data, the ledger, and how the window
 * begins it (`CHAOS_APP`: no window of another app); in a Swarm, for an upgrade with data and for bringing the old
 * version back, every change to the Swarm, for a move with data also what is done to volumes and data.
 */
const killAt = Number(process.env['CHAOS_KILL_AT']);
const kind = process.env['CHAOS_COUNT'] ?? 'install';
const only = process.env['CHAOS_INSTALLATION'];
const onlyBackup = process.env['CHAOS_BACKUP'];

const isGoingBack = kind === 'bring-back' || kind === 'swarm-bring-back';
let counts = !isGoingBack;
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
if (kind === 'backup') {
  killAfter(BackupStore.prototype, ['updateOwned']);
  killAfter(EngineContainers.prototype, ['stop', 'start', 'create', 'remove', 'exec']);
}
if (kind === 'trial') {
  killAfter(BackupStore.prototype, ['updateOwned', 'forgetTrial']);
  killAfter(EngineContainers.prototype, ['start', 'create', 'remove', 'exec']);
  killAfter(EngineNetworks.prototype, ['create', 'remove']);
  killAfter(EngineVolumes.prototype, ['create', 'remove']);
}
if (kind === 'window') {
  killAfter(UpdatePolicies.prototype, ['claim']);
  killAfter(UpgradeService.prototype, ['request']);
  killAfter(AuditService.prototype, ['record']);
  killAfter(InstallLedger.prototype, ['begin', 'done']);
}
if (kind === 'upgrade-data' || kind === 'window') {
  killAfter(EngineContainers.prototype, ['stop', 'start', 'create', 'rename', 'remove']);
  killAfter(BackupStore.prototype, ['updateOwned']);
  killAfter(UpgradeBackups.prototype, ['keep', 'giveBack']);
}
if (kind === 'swarm-upgrade' || kind === 'swarm-bring-back') {
  killAfter(SwarmApi.prototype, ['change']);
  killAfter(BackupStore.prototype, ['updateOwned']);
  killAfter(UpgradeBackups.prototype, ['keep', 'giveBack', 'discard']);
}
if (kind === 'swarm-move') {
  killAfter(SwarmApi.prototype, ['change']);
  killAfter(EngineVolumes.prototype, ['create', 'remove']);
  killAfter(BackupStore.prototype, ['updateOwned']);
  killAfter(UpgradeBackups.prototype, ['bring', 'takeAway', 'settle']);
}
if (kind === 'bring-back') killAfter(EngineContainers.prototype, ['start', 'rename', 'remove']);
if (isGoingBack) {
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
const onlyApp = process.env['CHAOS_APP'];
const open = UpdatePolicies.prototype.open;
UpdatePolicies.prototype.open = async function (this: UpdatePolicies, now: Date) {
  const policies = await open.call(this, now);
  return policies.filter(({ appName }) => onlyApp === undefined || appName === onlyApp);
};
const findDue = BackupStore.prototype.findDue;
BackupStore.prototype.findDue = async function (this: BackupStore, limit: number) {
  const due = await findDue.call(this, limit);
  return due.filter(({ id }) => onlyBackup === undefined || id === onlyBackup);
};

async function main(): Promise<void> {
  const app = await createApp(loadSettings());
  await app.init();
  // Every fifteen seconds otherwise.
  if (kind === 'window') setInterval(() => void app.get(UpdateWatch).tick(), 500);
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.stdout.write('ready\n');
}

void main();
