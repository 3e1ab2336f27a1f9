import type { InstallationPhase } from '../installations/installation-state';

/** What each phase counts in the whole: pulling is nearly all of an install that has to pull. */
const SPANS: Partial<Record<InstallationPhase, readonly [from: number, to: number]>> = {
  queued: [0, 0],
  preflight: [0, 2],
  pulling: [2, 75],
  creating: [75, 82],
  starting: [82, 88],
  waiting: [88, 99],
  running: [100, 100],
};

interface ImageShare {
  /** 0 to 1. */
  fraction: number;
  bytesTotal: number;
}

/**
 * Percent of a whole install: phases have fixed spans, within pulling it goes by bytes over all
 * images. Never falls while installing; 100 only when running.
 */
export class InstallPercent {
  private readonly images = new Map<string, ImageShare>();
  private highest = 0;

  constructor(images: readonly string[]) {
    for (const image of images) this.images.set(image, { fraction: 0, bytesTotal: 0 });
  }

  imageAt(image: string, percent: number, bytesTotal: number): void {
    this.images.set(image, { fraction: percent / 100, bytesTotal });
  }

  imageDone(image: string): void {
    this.images.set(image, { fraction: 1, bytesTotal: this.images.get(image)?.bytesTotal ?? 0 });
  }

  /** Percent in this phase; `fraction` (0 to 1) is how far the phase is, where it is not pulling. */
  at(phase: InstallationPhase, fraction = 0): number {
    const span = SPANS[phase];
    if (!span) return this.highest;
    const share = phase === 'pulling' ? this.pulled() : fraction;
    const percent = Math.floor(span[0] + (span[1] - span[0]) * Math.min(1, Math.max(0, share)));
    this.highest = Math.max(this.highest, percent);
    return this.highest;
  }

  /** Images of unknown size count as the mean of the known ones; without any, all count the same. */
  private pulled(): number {
    const shares = [...this.images.values()];
    const known = shares.filter((share) => share.bytesTotal > 0);
    const mean = known.reduce((sum, s) => sum + s.bytesTotal, 0) / (known.length || 1) || 1;
    let done = 0;
    let all = 0;
    for (const share of shares) {
      const size = share.bytesTotal || mean;
      done += size * share.fraction;
      all += size;
    }
    return all === 0 ? 1 : done / all;
  }
}
