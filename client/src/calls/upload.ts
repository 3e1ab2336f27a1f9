import type { Caller, Transport } from './caller.js';
import { readData } from './read-answer.js';
import { xhrTransport } from './xhr-transport.js';

/** What can be uploaded. A stream has no known size and cannot be sent twice. */
export type UploadBody = string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface UploadProgress {
  /** Bytes handed over so far. */
  readonly sent: number;
  /** All bytes; null for a stream. */
  readonly total: number | null;
}

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** Posts a body and answers the data. Without a time limit: end it by `signal`. */
export async function upload(
  caller: Caller,
  path: string,
  contentType: string,
  body: UploadBody,
  { signal, onProgress }: UploadOptions = {},
): Promise<unknown> {
  const request = { method: 'POST', path, headers: { 'content-type': contentType }, signal };
  if (body instanceof ReadableStream) {
    await caller.renewSoonEnding(signal);
    const stream = counted(body, null, onProgress);
    return readData(await caller.send({ ...request, body: () => stream }));
  }
  const blob = new Blob([body], { type: contentType });
  // Browsers report the progress of an upload by XMLHttpRequest only.
  const transport: Transport | null = onProgress ? xhrTransport(onProgress) : null;
  const source = (): Blob | ReadableStream<Uint8Array> =>
    transport || !onProgress ? blob : counted(inPieces(blob), blob.size, onProgress);
  return readData(
    await caller.send({ ...request, body: source, ...(transport ? { transport } : {}) }),
  );
}

const PIECE_BYTES = 64 * 1024;

/** A stream whose pieces are small enough for a bar that moves. */
function inPieces(blob: Blob): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= blob.size) return controller.close();
      const piece = blob.slice(at, at + PIECE_BYTES);
      at += piece.size;
      controller.enqueue(new Uint8Array(await piece.arrayBuffer()));
    },
  });
}

function counted(
  stream: ReadableStream<Uint8Array>,
  total: number | null,
  onProgress: UploadOptions['onProgress'],
): ReadableStream<Uint8Array> {
  let sent = 0;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        sent += chunk.byteLength;
        controller.enqueue(chunk);
        onProgress?.({ sent, total });
      },
    }),
  );
}
