/**
 * The documented states of an account: 0 normal, 1 banned (cannot sign in), 2 deregistered (answers
 * as if it had never been), 3 banned from computing only.
 */
export const UserStatus = { Normal: 0, Banned: 1, Deregistered: 2, ComputeBanned: 3 } as const;
export type UserStatus = (typeof UserStatus)[keyof typeof UserStatus];
