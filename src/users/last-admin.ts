import type { EntityManager } from 'typeorm';
import { PermissionDeniedError } from '../auth/auth.errors';
import { bilingual } from '../platform/i18n/bilingual';
import { type User, UserRole, UserStatus } from '../accounts/user.entity';

/** An administrator who can sign in. A compute ban does not matter here. */
export function isActiveAdmin(user: Pick<User, 'role' | 'status' | 'pendingApproval'>): boolean {
  return (
    user.role === UserRole.Admin &&
    !user.pendingApproval &&
    (user.status === UserStatus.Normal || user.status === UserStatus.ComputeBanned)
  );
}

/**
 * Throws PermissionDeniedError when the account is the only active administrator. Locks the active
 * administrators until the transaction ends, so that two who remove each other come one after the
 * other, and the second one sees what the first did.
 */
export async function refuseLastAdmin(tx: EntityManager, userId: number): Promise<void> {
  const rows: { id: string }[] = await tx.query(
    `SELECT id FROM users
     WHERE role = ? AND status IN (?, ?) AND pendingApproval = 0
     ORDER BY id FOR UPDATE`,
    [UserRole.Admin, UserStatus.Normal, UserStatus.ComputeBanned],
  );
  const ids = rows.map((row) => Number(row.id));
  if (ids.length === 1 && ids[0] === userId)
    throw new PermissionDeniedError(
      bilingual(
        '不能封禁、注销或降级最后一位管理员，请先任命另一位管理员',
        'The last administrator cannot be banned, deregistered or demoted; appoint another one first',
      ),
    );
}
