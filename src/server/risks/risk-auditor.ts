import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { EngineError } from '../../platform/docker/engine.errors';
import { HostSampler } from '../host-metrics/host-sampler';
import { diskRisks } from './disk-risks';
import { EngineAudit } from './engine-audit';
import { risk, type Risk } from './risk';
import { settingsRisks } from './settings-risks';

const INTERVAL_MS = 30_000;
type RiskSource = () => Promise<readonly Risk[]>;

const order = { high: 0, medium: 1, low: 2 } as const;

/** Looks for risks in the background; requests read what the last round found. */
@Injectable()
export class RiskAuditor implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(RiskAuditor.name);
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private found: readonly Risk[] = [];
  private readonly sources: RiskSource[] = [];
  private running: Promise<readonly Risk[]> | null = null;

  constructor(
    private readonly settings: Settings,
    private readonly host: HostSampler,
    private readonly engine: EngineAudit,
  ) {}

  /** The findings of the last round, the most severe first. */
  get risks(): readonly Risk[] {
    return this.found;
  }

  /** What a feature above this one finds itself. */
  addSource(source: RiskSource): void {
    this.sources.push(source);
  }

  onModuleInit(): void {
    void this.repeat();
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    this.abort.abort();
    await this.running;
  }

  /** Audits now, or joins a round that is under way. Never rejects: what cannot be audited is a finding. */
  audit(forceDiskUsage = false): Promise<readonly Risk[]> {
    this.running ??= this.run(forceDiskUsage).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async repeat(): Promise<void> {
    await this.audit();
    if (this.abort.signal.aborted) return;
    this.timer = setTimeout(() => void this.repeat(), INTERVAL_MS);
    this.timer.unref();
  }

  private async run(forceDiskUsage: boolean): Promise<readonly Risk[]> {
    const { signal } = this.abort;
    // What is set for the server is told by the server alone.
    const found = this.settings.role === 'node' ? [] : settingsRisks(this.settings);
    for (const source of this.sources) found.push(...(await source().catch(() => [])));
    try {
      const { disks } = await this.host.latest();
      found.push(...diskRisks(disks ?? []));
      // The engine refuses a second count at the same time; the first one will deliver the result.
      if (forceDiskUsage) await this.engine.refreshDiskUsage(signal, true).catch(() => undefined);
      found.push(...(await this.engine.run(disks, signal)));
      if (!forceDiskUsage) this.refreshDiskUsageLater();
    } catch (error) {
      if (signal.aborted) return this.found;
      if (!(error instanceof EngineError)) this.logger.error(error);
      else found.push(risk('engine-unreachable', 'docker', error.text.zh, error.text.en));
    }
    this.found = found.sort(
      (a, b) =>
        order[a.severity] - order[b.severity] ||
        a.code.localeCompare(b.code) ||
        a.subject.localeCompare(b.subject),
    );
    return this.found;
  }

  /** May take seconds on an engine with much data; the next round sees the result. */
  private refreshDiskUsageLater(): void {
    this.engine.refreshDiskUsage(this.abort.signal).catch(() => undefined);
  }
}
