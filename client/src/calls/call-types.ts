import type { OPERATIONS } from '../operations.js';
import type { components, operations } from '../schema.js';

/** A schema of the API by its name, e.g. `Schema<'AppInfoDto'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** The operation ids of the OpenAPI document. */
export type OperationId = keyof typeof OPERATIONS & keyof operations;

type ParametersOf<Id extends OperationId> = operations[Id] extends { parameters: infer P }
  ? P
  : never;
type PathOf<Id extends OperationId> = ParametersOf<Id> extends { path: infer P } ? P : never;
export type QueryOf<Id extends OperationId> =
  ParametersOf<Id> extends { query?: infer Q } ? NonNullable<Q> : never;
export type BodyOf<Id extends OperationId> = operations[Id] extends {
  requestBody?: { content: { 'application/json': infer B } };
}
  ? B
  : never;
type SuccessOf<Id extends OperationId> = operations[Id]['responses'] extends {
  200: { content: { 'application/json': infer S } };
}
  ? S
  : never;

/** What a call brings: the `data` of its envelope. */
export type DataOf<Id extends OperationId> =
  SuccessOf<Id> extends { data: infer D } ? D : SuccessOf<Id>;

type Part<Name extends string, T> = [T] extends [never]
  ? unknown
  : Partial<T> extends T
    ? { readonly [K in Name]?: T | undefined }
    : { readonly [K in Name]: T };

export interface CallOptions {
  /** Ends the call; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until a TimeoutError; 60,000 unless the client says otherwise. 0: never. */
  readonly timeoutMs?: number | undefined;
  /** Makes a call that is not safe to repeat safe: the server answers the same key only once. */
  readonly idempotencyKey?: string | undefined;
  /** Permits the registration of the first account; in the link that `npm start` prints. */
  readonly setupToken?: string | undefined;
}

/** Path, query and body of a call, as far as it has them. */
export type CallInput<Id extends OperationId> = Part<'path', PathOf<Id>> &
  Part<'query', QueryOf<Id>> &
  Part<'body', BodyOf<Id>> &
  CallOptions;

/** A success with what travels outside of its data. */
export interface Answer<T> {
  readonly data: T;
  readonly requestId: string | null;
  readonly headers: Headers;
}
