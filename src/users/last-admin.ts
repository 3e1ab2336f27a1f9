import type { EntityManager } from 'typeorm';
import { PermissionDeniedError } from '../auth/auth.errors';
import { bilingual } from '../platform/i18n/bilingual';
import { type User, UserRole, UserStatus } from '../accounts/user.entity';

/** An administrator who can sign in; a compute ban does not matter. */
export function isActiveAdmin(user: Pick<User, 'role' | 'status' | 'pendingApproval'>): boolean {
  return (
    user.role === UserRole.Admin &&
    !user.pendingApproval &&
    (user.status === UserStatus.Normal || user.status === UserStatus.ComputeBanned)
  );
}

/** The account is the only active administrator. */
export class LastAdminError extends PermissionDeniedError {
  constructor() {
    super(
      bilingual(
        '不能封禁、注销或降级最后一位管理员，请先任命另一位管理员',
        'The last administrator cannot be banned, deregistered or demoted; appoint another one first',
      ),
    );
  }
}

/**
 * Locks the active administrators until the transaction ends, so that two who remove each other are
 * serialized and the second sees the change of the first.
 * @throws LastAdminError when the account is the only active administrator
 */
export async function refuseLastAdmin(tx: EntityManager, userId: number): Promise<void> {
  const rows: { id: string }[] = await tx.query(
    `SELECT id FROM users
     WHERE role = ? AND status IN (?, ?) AND pendingApproval = 0
     ORDER BY id FOR UPDATE`,
    [UserRole.Admin, UserStatus.Normal, UserStatus.ComputeBanned],
  );
  const ids = rows.map((row) => Number(row.id));
  if (ids.length === 1 && ids[0] === userId) throw new LastAdminError();
}
