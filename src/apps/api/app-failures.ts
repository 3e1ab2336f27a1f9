/** Answers of the calls on one app, for the OpenAPI document. */
export const UNKNOWN_APP = { kind: 'not-found', when: 'no such app' } as const;

export const APP_BUSY = {
  kind: 'conflict',
  when: 'not possible in this state, or another operation is under way',
} as const;
