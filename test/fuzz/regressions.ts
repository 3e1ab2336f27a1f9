import type { FuzzRequest } from './request-arbitrary';

/** Requests that once were answered wrongly, by operation id. They run first, on every run. */
export const REGRESSIONS: Readonly<Record<string, readonly FuzzRequest[]>> = {
  // A documented status with a code that had no example.
  deleteRecordByGet: [
    {
      role: 'admin',
      path: { rid: '1' },
      query: [],
      headers: { 'sec-purpose': 'prefetch' },
      body: null,
    },
  ],
};
