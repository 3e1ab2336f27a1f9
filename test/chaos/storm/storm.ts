import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab } from '../../support/factories/app-lab';
import { check } from './checker';
import { FAULTS } from './faults';
import { Load, pause } from './load';
import type { PlantedBug } from './planted-bugs';
import { SeededRandom } from './random';
import { StormProcess } from './storm-process';
import { Told } from './told';

export interface StormPlan {
  readonly seed: number;
  /** Number of faults; 0: only load. */
  readonly faults: number;
  /** Load without faults before and after them. */
  readonly calmMs: number;
  readonly plantedBug?: PlantedBug;
  /** How long the product may take to come to rest. */
  readonly restMs: number;
}

export interface StormReport {
  readonly seconds: number;
  readonly faults: readonly string[];
  readonly told: Told;
  readonly violations: readonly string[];
}

const APPS = ['first', 'second'];

const compose = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`;

/** Two API and two worker processes under load, one fault after the other, then the check. */
export async function runStorm(plan: StormPlan): Promise<StormReport> {
  const started = performance.now();
  const disk = mountSmallDisk();
  const dataDir = disk ?? mkdtempSync(join(tmpdir(), 'storm-'));
  const environment = { ROLE: 'api', COMPUTE_LEASE_SECONDS: '3', COMPUTE_DAILY_QUOTA: '1000000' };
  const lab = await AppLab.start({ ...environment, DATA_DIR: dataDir });
  const processes: StormProcess[] = [];
  try {
    const image = await lab.image({ listen: [8080] });
    for (const app of APPS) await lab.writeApp(app, compose(image));
    await lab.admin.http.post('/api/v1/catalogue/reload');
    for (const name of ['api-1', 'api-2', 'worker-1', 'worker-2']) {
      const role = name.startsWith('api') ? 'api' : 'worker';
      const process = await StormProcess.prepare(
        name,
        role,
        lab.installation.environment,
        plan.plantedBug ?? '',
      );
      process.start();
      processes.push(process);
    }
    const apis = processes.slice(0, 2);
    await Promise.all(apis.map((api) => api.untilReady()));

    const told = new Told();
    const random = new SeededRandom(plan.seed);
    let lastFault = -Infinity;
    const load = new Load({
      lab,
      apis,
      told,
      random: new SeededRandom(plan.seed + 1),
      apps: APPS,
      lastFault: () => lastFault,
    });
    await load.begin();
    await pause(plan.calmMs);
    const done: string[] = [];
    for (let i = 0; i < plan.faults; i++) {
      const fault = FAULTS[random.pick(Object.keys(FAULTS))];
      lastFault = performance.now();
      const context = { lab, processes, random, mayFillDisk: disk !== null };
      done.push((await fault?.(context)) ?? '');
      lastFault = performance.now();
      await pause(random.between(0, 500));
    }
    await pause(plan.calmMs);
    await load.end();
    const violations = await check(lab, told, processes, APPS, plan.restMs);
    return { seconds: (performance.now() - started) / 1000, faults: done, told, violations };
  } finally {
    for (const process of processes) await process.close();
    await lab.close();
    if (disk) execFileSync('umount', ['-l', disk]);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** A file system of 64 MiB that may be filled; null where only root could mount one. */
function mountSmallDisk(): string | null {
  if (process.getuid?.() !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'storm-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}
