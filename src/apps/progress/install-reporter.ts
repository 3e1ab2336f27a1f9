import type { Bilingual } from '../../platform/i18n/bilingual';
import type { InstallationPhase } from '../installations/installation-state';
import type { RowLease } from '../installations/row-lease';
import type { PullLayer, PullSnapshot } from '../../platform/docker/pull-progress';
import type { AppEventsService } from './app-events.service';
import { InstallPercent } from './install-percent';
import { LayerChanges } from './layer-changes';

/** Percent is written at most this often; phases and steps at once. */
const PROGRESS_EVERY_MS = 500;

/**
 * Publishes how far an install is, as fields of the row and as events. It writes beside the work, one
 * write at a time and the newest state only, so that a slow database does not slow the work down.
 */
export class InstallReporter {
  private readonly percent: InstallPercent;
  private readonly layers = new LayerChanges();
  private phaseNow: InstallationPhase = 'preflight';
  private dirty: { phase: InstallationPhase; progress: number; step?: string } | null = null;
  private writing: Promise<void> | null = null;
  private lastWrite = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly lease: RowLease,
    private readonly appName: string,
    images: readonly string[],
    private readonly events: AppEventsService,
  ) {
    this.percent = new InstallPercent(images);
  }

  phase(phase: InstallationPhase): void {
    this.phaseNow = phase;
    const progress = this.percent.at(phase);
    this.note('phase', { phase, progress });
    this.put({ phase, progress }, true);
  }

  /** What is being done now; also a line of the install's log. */
  step(text: Bilingual): void {
    this.note('log', { text });
    this.put(
      {
        phase: this.phaseNow,
        progress: this.percent.at(this.phaseNow),
        step: JSON.stringify(text),
      },
      true,
    );
  }

  /** How far the pull of an image is, and the layer that has come further. */
  image(image: string, { percent, bytesTotal }: PullSnapshot, layer: PullLayer | null): void {
    this.percent.imageAt(image, percent, bytesTotal);
    if (layer) this.layers.set(image, layer);
    this.put({ phase: this.phaseNow, progress: this.percent.at(this.phaseNow) }, false);
  }

  imageDone(image: string): void {
    this.percent.imageDone(image);
    this.put({ phase: this.phaseNow, progress: this.percent.at(this.phaseNow) }, false);
  }

  /** Waits for what is still being written. */
  async settle(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    while (this.writing) await this.writing;
  }

  private note(type: 'phase' | 'log', data: object): void {
    void this.events.record(this.lease.id, this.appName, type, data);
  }

  private put(
    patch: { phase: InstallationPhase; progress: number; step?: string },
    atOnce: boolean,
  ): void {
    const before = this.dirty;
    this.dirty = { ...before, ...patch };
    if (atOnce || Date.now() - this.lastWrite >= PROGRESS_EVERY_MS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), PROGRESS_EVERY_MS);
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.writing || !this.dirty) return;
    const patch = this.dirty;
    this.dirty = null;
    this.lastWrite = Date.now();
    const { lease, appName } = this;
    const layers = this.layers.take();
    this.writing = Promise.all([
      lease.update(patch).catch(() => undefined),
      this.events.record(lease.id, appName, 'progress', {
        phase: patch.phase,
        progress: patch.progress,
        ...(layers.length > 0 ? { layers } : {}),
      }),
    ]).then(() => {
      this.writing = null;
      if (this.dirty) this.flush();
    });
  }
}
