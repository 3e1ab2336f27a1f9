import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { languageOf, type Language } from '../../platform/i18n/bilingual';

/** The two families of calls, each with its own envelope; see `docs` in the OpenAPI document. */
export type Family = 'dscape' | 'stackhub';

/** Everything of the Dscape family lives under this prefix. */
export const DSCAPE_PREFIX = '/api/v1';

/** The documented calls of the StackHub family, at the root. A contract test holds the routes against this list. */
export const STACKHUB_CALLS = [
  'installApp',
  'uninstallApp',
  'getAppInfo',
  'getAllAppInfo',
  'uninstallAllApp',
  'searchServer',
] as const;

const stackHubPaths = new Set<string>(STACKHUB_CALLS.map((call) => `/${call}`));

/** Health and metrics: for probes, outside both families. */
export function isOperational(path: string): boolean {
  return /^\/(health|metrics)(\/|\?|$)/.test(path);
}

/** Which envelope answers this path; unknown paths answer in the Dscape envelope. */
export function familyOf(path: string): Family {
  const end = path.indexOf('?');
  return stackHubPaths.has(end < 0 ? path : path.slice(0, end)) ? 'stackhub' : 'dscape';
}

export function requestLanguage(request: FastifyRequest): Language {
  return languageOf(request.headers['accept-language']);
}

/** A caller's own `x-request-id` is kept when it is harmless in a log line; otherwise a new one is made. */
export function requestIdOf(message: IncomingMessage): string {
  const given = message.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID();
}
