/** What an account may do, as documented: 0 ordinary user, 1 administrator. */
export const UserRole = { User: 0, Admin: 1 } as const;
export type UserRole = (typeof UserRole)[keyof typeof UserRole];
