import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { isPromise, settle } from '../../platform/waiting/settle';

/** Fastify's three arguments of a handler. */
export type Call = readonly [request: unknown, reply: unknown, next: unknown];

/** One parameter of a handler: where its value comes from and the pipes that check it. */
export interface Parameter {
  readonly index: number;
  readonly extractValue: (...call: Call) => unknown;
  readonly metadata: ArgumentMetadata;
  readonly pipes: readonly PipeTransform[];
}

/** The values of all parameters; those that a pipe has to wait for are waited for together. */
export function readArguments(
  parameters: readonly Parameter[],
  count: number,
  call: Call,
): unknown[] | Promise<unknown[]> {
  const args = new Array<unknown>(count).fill(null);
  // Only what pipes give: a reply of Fastify, too, has a `then`, and it waits for its own end.
  const waiting: Promise<void>[] = [];
  for (const { index, extractValue, metadata, pipes } of parameters) {
    if (pipes.length === 0) {
      args[index] = extractValue(...call);
      continue;
    }
    const piped = throughPipes(extractValue(...call), pipes, metadata);
    if (isPromise(piped)) waiting.push(piped.then((value) => void (args[index] = value)));
    else args[index] = piped;
  }
  return waiting.length > 0 ? Promise.all(waiting).then(() => args) : args;
}

/** Never throws, so that no value that is waited for is left alone when another one fails. */
function throughPipes(
  value: unknown,
  pipes: readonly PipeTransform[],
  metadata: ArgumentMetadata,
): unknown {
  try {
    return pipes.reduce(
      (piped, pipe) => settle(piped, (settled) => pipe.transform(settled, metadata) as unknown),
      value,
    );
  } catch (error) {
    const failure = error as Error;
    return Promise.reject(failure);
  }
}
