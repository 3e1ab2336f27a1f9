import type Dockerode from 'dockerode';
import { classifyEngineError, type EngineCall } from './classify-engine-error';
import { EngineError } from './engine.errors';
import { parseImageReference } from './image-reference';
import { jsonLines } from './json-lines';
import { PullProgress, type PullLayer, type PullLine, type PullSnapshot } from './pull-progress';
import type { RegistryLogin } from './registry/registry-logins';
import { onAbort } from '../waiting/on-abort';

export interface PullOptions {
  /** e.g. `linux/amd64`; the machine's own when absent. */
  readonly platform?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds without progress after which the pull is given up. */
  readonly stallMs?: number;
  readonly onProgress?: (snapshot: PullSnapshot, layer: PullLayer | null) => void;
}

export const DEFAULT_STALL_MS = 120_000;

/** Errors inside an engine stream come as a line with status 200 around them. */
export function streamFailure(line: PullLine, call: EngineCall): EngineError | null {
  const text = line.errorDetail?.message ?? line.error;
  return text === undefined ? null : classifyEngineError(new Error(text), call);
}

/**
 * Reads an engine stream to its end: throws on an error line, on `stallMs` without progress
 * (as `registry-stalled`) and on abort (the caller's reason), destroying the stream each time,
 * which is what makes the engine stop the work behind it.
 */
export async function drainEngineStream(
  open: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  call: EngineCall,
  options: Pick<PullOptions, 'signal' | 'stallMs'>,
  /** Says whether the line is progress. */
  onLine: (line: PullLine & { stream?: string; aux?: { ID?: string } }) => boolean,
): Promise<void> {
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  const stallMs = options.stallMs ?? DEFAULT_STALL_MS;
  let stalled = false;
  const stop = (): void => controller.abort();
  const onStall = (): void => {
    stalled = true;
    stop();
  };
  let timer = setTimeout(onStall, stallMs);
  const stopListening = onAbort(options.signal, stop);
  try {
    const stream = await open(controller.signal);
    for await (const value of jsonLines(stream as AsyncIterable<Uint8Array>)) {
      const line = value as PullLine;
      const failure = streamFailure(line, call);
      if (failure) throw failure;
      if (!onLine(line)) continue;
      clearTimeout(timer);
      timer = setTimeout(onStall, stallMs);
    }
    // An aborted stream can end without an error of its own.
    if (controller.signal.aborted) throw new Error('aborted');
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (stalled) throw new EngineError('registry-stalled', call.subject, '', error);
    throw classifyEngineError(error, call);
  } finally {
    clearTimeout(timer);
    stopListening();
    // Leaving early for any reason must not leave the engine working.
    controller.abort();
  }
}

/**
 * Pulls one image. Resolves when the engine has it; aborting destroys the stream and thereby
 * cancels the pull on the engine at once.
 */
export async function pullImage(
  client: Dockerode,
  reference: string,
  login: RegistryLogin | null,
  options: PullOptions,
): Promise<void> {
  const call: EngineCall = { about: 'image', subject: reference };
  const { name, version: tag } = parseImageReference(reference);
  const progress = new PullProgress();
  await drainEngineStream(
    (abortSignal) =>
      client.createImage({
        _query: {
          fromImage: name,
          tag,
          ...(options.platform ? { platform: options.platform } : {}),
        },
        _body: {},
        ...(login ? { authconfig: login } : {}),
        abortSignal,
      }),
    call,
    options,
    (line) => {
      if (!progress.accept(line)) return false;
      options.onProgress?.(progress.snapshot(), progress.layerAt(line.id ?? ''));
      return true;
    },
  );
}
