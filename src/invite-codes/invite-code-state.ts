import type { InviteCode } from './invite-code.entity';

/** The state of a code. `revoked` comes before `used`, `used` before `expired`. */
export const INVITE_CODE_STATES = ['valid', 'used', 'expired', 'revoked'] as const;
export type InviteCodeState = (typeof INVITE_CODE_STATES)[number];

/** The state of a code at a moment. */
export function stateOf(
  code: Pick<InviteCode, 'revokedAt' | 'usedCount' | 'maxUses' | 'expiresAt'>,
  now: Date,
): InviteCodeState {
  if (code.revokedAt) return 'revoked';
  if (code.usedCount >= code.maxUses) return 'used';
  if (code.expiresAt && code.expiresAt <= now) return 'expired';
  return 'valid';
}

/** The same as SQL conditions, with the parameter `:now`. */
export const STATE_CONDITIONS: Readonly<Record<InviteCodeState, string>> = {
  valid: 'revokedAt IS NULL AND usedCount < maxUses AND (expiresAt IS NULL OR expiresAt > :now)',
  used: 'revokedAt IS NULL AND usedCount >= maxUses',
  expired: 'revokedAt IS NULL AND usedCount < maxUses AND expiresAt <= :now',
  revoked: 'revokedAt IS NOT NULL',
};
