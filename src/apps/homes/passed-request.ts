import type { FastifyRequest } from 'fastify';
import { stringify } from 'node:querystring';
import type { InjectOptions } from 'fastify';

/** A request as one server hands it to the server of another node. Travels encrypted: it carries tokens and values. */
export interface PassedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Of the client. */
  readonly address: string;
  /** The former home of the app has said already that nothing of it is left there. */
  readonly isFree: boolean;
}

/** What matters of an answer on the way back. */
export interface PassedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers of the client that the other server needs. */
const ASKER_HEADERS = ['token', 'authorization', 'accept-language'];
const REQUEST_HEADERS = [...ASKER_HEADERS, 'content-type', 'idempotency-key'];
const REPLY_HEADERS = ['content-type', 'retry-after', 'x-total-count'];

/** The whole request, as the client has sent it. */
export function asReceived(
  request: FastifyRequest,
  address: string,
): Omit<PassedRequest, 'isFree'> {
  return {
    method: request.method as PassedRequest['method'],
    url: request.url,
    headers: headersOf(request, REQUEST_HEADERS),
    body: bodyOf(request),
    address,
  };
}

/** Another request of the same client. */
export function onBehalf(
  request: FastifyRequest,
  address: string,
  { method, url, body }: { method: 'GET' | 'POST'; url: string; body?: object },
): Omit<PassedRequest, 'isFree'> {
  const headers = headersOf(request, ASKER_HEADERS);
  return {
    method,
    url,
    headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
    body: body ? JSON.stringify(body) : null,
    address,
  };
}

/** How the other server gives it to itself. */
export function toInjection(
  { method, url, headers, body, address }: PassedRequest,
  mark: Readonly<Record<string, string>>,
): InjectOptions {
  return {
    method,
    url,
    headers: { ...headers, ...mark },
    remoteAddress: address,
    ...(body === null ? {} : { payload: body }),
  };
}

export function toReply(
  status: number,
  headers: Readonly<Record<string, unknown>>,
  body: string,
): PassedReply {
  const kept = REPLY_HEADERS.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
  });
  return { status, headers: Object.fromEntries(kept) as Record<string, string>, body };
}

function headersOf(request: FastifyRequest, names: readonly string[]): Record<string, string> {
  const found = names.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return {
    ...(Object.fromEntries(found) as Record<string, string>),
    'x-request-id': String(request.id),
  };
}

function bodyOf({ body, headers }: FastifyRequest): string | null {
  if (body === undefined || body === null) return null;
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return isForm ? stringify(body as Record<string, string>) : JSON.stringify(body);
}
