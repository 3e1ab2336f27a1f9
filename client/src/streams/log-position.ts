import type { Schema } from '../calls/call-types.js';

type Line = Schema<'LogLineDto'>;

/** Lines of different containers may overtake each other by this much. */
const OVERLAP_MS = 10_000;
const MOST_LINES = 5_000;

/** How far a log has been read, so that a second stream of it goes on where the first one ended. */
export class LogPosition {
  private newestMs = 0;
  /** Of each container's two outputs; the times of one have the same form, so they sort as texts. */
  private readonly last = new Map<string, string>();

  /** What a further stream asks for, where any line was read. */
  query(): { readonly since: string; readonly tail: number } | undefined {
    if (this.newestMs === 0) return undefined;
    return { since: new Date(this.newestMs - OVERLAP_MS).toISOString(), tail: MOST_LINES };
  }

  /** False for a line that was read before. */
  pass({ service, stream, at }: Line): boolean {
    const source = `${service} ${stream}`;
    const last = this.last.get(source);
    if (last !== undefined && at <= last) return false;
    this.last.set(source, at);
    this.newestMs = Math.max(this.newestMs, Date.parse(at) || 0);
    return true;
  }
}
