import type { LogLine } from './engine-types';

const HEADER_BYTES = 8;
/** A line without an end is cut here, so that a container cannot fill our memory. */
const MAX_LINE = 64 * 1024;

/**
 * Takes the engine's multiplexed log stream apart: frames of an 8-byte header (stream number, then
 * the length in the last four bytes) and a body. Containers with a terminal send plain bytes.
 */
export class LogFrames {
  private pending: Buffer = Buffer.alloc(0);
  private readonly partial = { stdout: '', stderr: '' };

  constructor(private readonly terminal: boolean) {}

  push(chunk: Buffer): LogLine[] {
    if (this.terminal) return this.lines('stdout', chunk);
    this.pending = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const out: LogLine[] = [];
    while (this.pending.length >= HEADER_BYTES) {
      const length = this.pending.readUInt32BE(4);
      if (this.pending.length < HEADER_BYTES + length) break;
      const stream = this.pending[0] === 2 ? 'stderr' : 'stdout';
      out.push(...this.lines(stream, this.pending.subarray(HEADER_BYTES, HEADER_BYTES + length)));
      this.pending = this.pending.subarray(HEADER_BYTES + length);
    }
    return out;
  }

  /** What is left when the stream ends: last lines without a line end. */
  end(): LogLine[] {
    const out: LogLine[] = [];
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.partial[stream] !== '') out.push(toLine(stream, this.partial[stream]));
      this.partial[stream] = '';
    }
    return out;
  }

  private lines(stream: 'stdout' | 'stderr', body: Buffer): LogLine[] {
    const pieces = (this.partial[stream] + body.toString('utf8')).split('\n');
    const rest = pieces.pop() ?? '';
    this.partial[stream] = rest.length > MAX_LINE ? '' : rest;
    if (rest.length > MAX_LINE) pieces.push(rest.slice(0, MAX_LINE));
    return pieces.map((text) => toLine(stream, text));
  }
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;

function toLine(stream: 'stdout' | 'stderr', raw: string): LogLine {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const stamp = STAMP.exec(text);
  return stamp
    ? { stream, at: stamp[1] ?? '', text: text.slice(stamp[0].length) }
    : { stream, at: '', text };
}
