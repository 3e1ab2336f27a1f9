import type { FuzzRequest } from './request-arbitrary';

/** Requests that once were answered wrongly, by operation id. They run first, on every run. */
export const REGRESSIONS: Readonly<Record<string, readonly FuzzRequest[]>> = {};
