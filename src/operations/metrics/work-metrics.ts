import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { STUCK_CONDITION } from '../../apps/installations/installation.store';
import { MetricsRegistry } from './metrics-registry';
import { EngineSampler } from '../../server/engine-sampler';
import { RiskService } from '../../server/risks/risk.service';

/** Frequent scrapes must not become load on the database. */
const FRESH_MS = 5_000;

const taskStates: Readonly<Record<string, string>> = { 1: 'computing', 3: 'queued' };

interface WorkCounts {
  readonly tasks: readonly { status: number; count: string }[];
  readonly oldestTask: readonly { seconds: string | null }[];
  readonly installs: readonly { state: string; phase: string; count: string }[];
  readonly stuck: readonly { count: string }[];
}

/**
 * States, each with its phase, that are reported even at zero: alert rules cannot see the first case of
 * a series that begins with it.
 */
const alwaysShown = {
  queued: 'queued',
  installed: 'running',
  failed: 'failed',
  cancelled: 'cancelled',
  removed: 'removed',
} as const;

/** Computations and installs as the database knows them, risks, and whether the engine answers. */
@Injectable()
export class WorkMetrics {
  private cached: { readonly at: number; readonly counts: Promise<WorkCounts | null> } | null =
    null;

  constructor(
    metrics: MetricsRegistry,
    private readonly dataSource: DataSource,
    engine: EngineSampler,
    risks: RiskService,
  ) {
    const registers = [metrics.registry];
    const read = (): Promise<WorkCounts | null> => this.read();
    new Gauge({
      name: 'stackscape_tasks',
      help: 'Unfinished computations by state',
      labelNames: ['state'],
      registers,
      async collect() {
        this.reset();
        const { tasks } = (await read()) ?? {};
        if (!tasks) return;
        for (const [status, state] of Object.entries(taskStates)) {
          const row = tasks.find((each) => String(each.status) === status);
          this.set({ state }, Number(row?.count ?? 0));
        }
      },
    });
    new Gauge({
      name: 'stackscape_task_oldest_seconds',
      help: 'Age of the computation that has been queued longest',
      registers,
      async collect() {
        const counts = await read();
        if (counts) this.set(Number(counts.oldestTask[0]?.seconds ?? 0));
        else this.remove();
      },
    });
    new Gauge({
      name: 'stackscape_installs',
      help: 'Installations by state and phase; failed and cancelled ones are outcomes of the past',
      labelNames: ['state', 'phase'],
      registers,
      async collect() {
        this.reset();
        const { installs } = (await read()) ?? {};
        if (!installs) return;
        for (const [state, phase] of Object.entries(alwaysShown)) this.set({ state, phase }, 0);
        for (const { state, phase, count } of installs) this.set({ state, phase }, Number(count));
      },
    });
    new Gauge({
      name: 'stackscape_installs_stuck',
      help: 'Installations whose work makes no progress',
      registers,
      async collect() {
        const counts = await read();
        if (counts) this.set(Number(counts.stuck[0]?.count ?? 0));
        else this.remove();
      },
    });
    new Gauge({
      name: 'stackscape_engine_up',
      help: '1 while the Docker Engine answers',
      registers,
      collect() {
        this.set(engine.latest.state === 'up' ? 1 : 0);
      },
    });
    new Gauge({
      name: 'stackscape_risks',
      help: 'Risks without acknowledgement, by severity',
      labelNames: ['severity'],
      registers,
      collect() {
        const open = risks.open();
        for (const severity of ['high', 'medium', 'low']) {
          this.set({ severity }, open.filter((risk) => risk.severity === severity).length);
        }
      },
    });
  }

  /** Null while the database is away, so that the other metrics are still served. */
  private read(): Promise<WorkCounts | null> {
    const now = performance.now();
    if (!this.cached || now - this.cached.at > FRESH_MS) {
      this.cached = { at: now, counts: this.query().catch(() => null) };
    }
    return this.cached.counts;
  }

  private async query(): Promise<WorkCounts> {
    const [tasks, oldestTask, installs, stuck] = await Promise.all([
      this.dataSource.query<WorkCounts['tasks']>(
        'SELECT status, COUNT(*) AS count FROM compute_tasks WHERE status IN (1, 3) GROUP BY status',
      ),
      this.dataSource.query<WorkCounts['oldestTask']>(
        `SELECT TIMESTAMPDIFF(MICROSECOND, MIN(createdAt), UTC_TIMESTAMP(6)) / 1e6 AS seconds
         FROM compute_tasks WHERE status = 3`,
      ),
      this.dataSource.query<WorkCounts['installs']>(
        'SELECT state, phase, COUNT(*) AS count FROM app_installations GROUP BY state, phase',
      ),
      this.dataSource.query<WorkCounts['stuck']>(
        `SELECT COUNT(*) AS count FROM app_installations WHERE ${STUCK_CONDITION}`,
      ),
    ]);
    return { tasks, oldestTask, installs, stuck };
  }
}
