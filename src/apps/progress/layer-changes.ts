import type { PullLayer } from '../../platform/docker/pull-progress';

/** A layer of an image that came further, as events tell it. */
export interface ChangedLayer {
  readonly image: string;
  readonly layer: string;
  readonly percent: number;
  /** Compressed size; null where it is not known. */
  readonly bytes: number | null;
}

/** An event is a row of at most 64 KiB. */
const MOST_AT_ONCE = 100;

/** Which layers have come further since they were told last, by whole percents. */
export class LayerChanges {
  private readonly told = new Map<string, number>();
  private readonly waiting = new Map<string, ChangedLayer>();

  set(image: string, { id, percent, bytesTotal }: PullLayer): void {
    const key = `${image} ${id}`;
    if (this.told.get(key) === percent) return;
    const bytes = bytesTotal > 0 ? bytesTotal : null;
    this.waiting.set(key, { image, layer: id, percent, bytes });
  }

  /** The changes so far, the oldest first; what is too much for one event comes next time. */
  take(): ChangedLayer[] {
    const some = [...this.waiting].slice(0, MOST_AT_ONCE);
    for (const [key, { percent }] of some) {
      this.told.set(key, percent);
      this.waiting.delete(key);
    }
    return some.map(([, change]) => change);
  }
}
