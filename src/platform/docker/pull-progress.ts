/** A line of the engine's pull stream, as far as it is read. */
export interface PullLine {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

export interface PullSnapshot {
  /** 0 to 99 while pulling; never goes back. */
  readonly percent: number;
  /** Compressed bytes fetched and in all, as far as the engine has reported. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** How far one layer of an image is. */
export interface PullLayer {
  readonly id: string;
  /** 0 to 100: 70 for fetching, 30 for unpacking. */
  readonly percent: number;
  /** Compressed bytes; 0 where the engine has not said so. */
  readonly bytesTotal: number;
}

interface Layer {
  total: number;
  downloaded: number;
  extracted: number;
  done: boolean;
  /** States that it has been in. */
  readonly reached: Set<string>;
}

const DOWNLOAD_SHARE = 0.7;
const EXTRACT_SHARE = 0.3;
/** Layers whose size is not known yet count as the mean of the known ones, or this. */
const UNKNOWN_LAYER_BYTES = 1;

/**
 * Adds up the layers of one pull. Percent goes by bytes, 70 % for fetching and 30 % for
 * unpacking, never falls, and stays below 100 until the stream has ended well.
 */
export class PullProgress {
  private readonly layers = new Map<string, Layer>();
  private highest = 0;

  /**
   * Reads one line; true if the pull has come further than ever before. What is fetched again after
   * a broken transfer, and announcements of another attempt, are no progress.
   */
  accept(line: PullLine): boolean {
    const { id, status } = line;
    if (id === undefined || status === undefined) return false;
    switch (status) {
      case 'Downloading':
        return this.measure(id, line, 'downloaded');
      case 'Extracting':
        return this.measure(id, line, 'extracted');
      case 'Pulling fs layer':
      case 'Waiting':
      case 'Verifying Checksum':
      case 'Download complete':
      case 'Pull complete':
      case 'Already exists':
        return this.reach(id, status);
      default:
        return false;
    }
  }

  snapshot(): PullSnapshot {
    const layers = [...this.layers.values()];
    const known = layers.filter((l) => l.total > 0);
    const mean =
      known.length > 0
        ? known.reduce((sum, l) => sum + l.total, 0) / known.length
        : UNKNOWN_LAYER_BYTES;
    let weighted = 0;
    let all = 0;
    for (const layer of layers) {
      const total = layer.total > 0 ? layer.total : mean;
      all += total;
      if (layer.done) weighted += total;
      else if (layer.total > 0) {
        weighted +=
          DOWNLOAD_SHARE * Math.min(layer.downloaded, total) +
          EXTRACT_SHARE * Math.min(layer.extracted, total);
      }
    }
    const percent = all > 0 ? Math.min(99, Math.floor((100 * weighted) / all)) : 0;
    this.highest = Math.max(this.highest, percent);
    return {
      percent: this.highest,
      bytesDone: known.reduce((sum, l) => sum + Math.min(l.downloaded, l.total), 0),
      bytesTotal: known.reduce((sum, l) => sum + l.total, 0),
    };
  }

  /** Null for an id that no line of progress has named. */
  layerAt(id: string): PullLayer | null {
    const layer = this.layers.get(id);
    if (!layer) return null;
    const { total: bytesTotal, downloaded, extracted, done } = layer;
    const weighted = DOWNLOAD_SHARE * downloaded + EXTRACT_SHARE * extracted;
    const percent = bytesTotal > 0 ? Math.min(99, Math.floor((100 * weighted) / bytesTotal)) : 0;
    return { id, percent: done ? 100 : percent, bytesTotal };
  }

  private layer(id: string): Layer {
    let layer = this.layers.get(id);
    if (!layer) {
      layer = { total: 0, downloaded: 0, extracted: 0, done: false, reached: new Set() };
      this.layers.set(id, layer);
    }
    return layer;
  }

  /** A state of a layer counts once: an engine that tries again goes through some of them again. */
  private reach(id: string, status: string): boolean {
    const layer = this.layer(id);
    if (layer.reached.has(status)) return false;
    layer.reached.add(status);
    if (status === 'Pull complete' || status === 'Already exists') {
      layer.done = true;
      layer.extracted = layer.total;
    }
    if (layer.done || status === 'Download complete') layer.downloaded = layer.total;
    return true;
  }

  private measure(id: string, line: PullLine, field: 'downloaded' | 'extracted'): boolean {
    const { current, total } = line.progressDetail ?? {};
    const layer = this.layer(id);
    if (total !== undefined && total > 0 && field === 'downloaded') layer.total = total;
    else if (total !== undefined && total > 0 && layer.total === 0) layer.total = total;
    if (field === 'extracted') layer.downloaded = layer.total;
    if (current === undefined || current <= layer[field]) return false;
    layer[field] = current;
    return true;
  }
}
