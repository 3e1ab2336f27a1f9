import { Readable } from 'node:stream';

/** What spreadsheets put between cells; `;` where the comma is the decimal sign. */
export const DELIMITERS = [',', ';', '\t'] as const;
export type CsvDelimiter = (typeof DELIMITERS)[number];

/** A header line is shorter; a file without line ends is not looked at any further. */
const MAX_HEADER_BYTES = 10_000;

/**
 * Which delimiter the first line with content uses (a comma where there is none), and the whole text
 * again, which has been read up to there.
 */
export async function detectDelimiter(
  source: Readable,
): Promise<{ delimiter: CsvDelimiter; text: Readable }> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < MAX_HEADER_BYTES && firstLine(head) === null) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, Buffer.from(next.value)]);
  }
  const header = firstLine(head) ?? head.toString('utf8');
  const delimiter = DELIMITERS.find((candidate) => header.includes(candidate)) ?? ',';
  async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* chunks;
  }
  return { delimiter, text: Readable.from(whole(), { objectMode: false }) };
}

/** The first line that is not empty, once its end is there. */
function firstLine(text: Buffer): string | null {
  return /^[\ufeff\s]*?([^\r\n\ufeff\s][^\r\n]*)[\r\n]/.exec(text.toString('utf8'))?.[1] ?? null;
}
