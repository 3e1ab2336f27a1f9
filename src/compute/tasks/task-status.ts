/** The documented states of a task; there is no 2. */
export const TaskStatus = { Done: 0, Computing: 1, Queued: 3, Terminated: 4 } as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

/** Why a task ended without a record. */
export const taskFailures = ['cancelled', 'attempts', 'model', 'deleted'] as const;
export type TaskFailure = (typeof taskFailures)[number];
