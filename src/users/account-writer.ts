import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { isDuplicateKey } from '../platform/database/database-errors';
import type { DomainError } from '../platform/errors/domain-error';
import { User, type UserRole, UserStatus } from '../accounts/user.entity';
import type { UserName } from '../accounts/user-name';

export interface NewAccount {
  readonly name: UserName;
  readonly passwordHash: string;
  readonly role: UserRole;
  readonly pendingApproval?: boolean;
}

/** Inserts an account. @throws the error of `taken` for a name that exists */
export async function insertAccount(
  tx: EntityManager,
  account: NewAccount,
  taken: () => DomainError,
): Promise<{ id: number; uid: string }> {
  const uid = randomUUID();
  try {
    const result = await tx.insert(User, {
      uid,
      name: account.name.shown,
      nameKey: account.name.key,
      nameSkeleton: account.name.skeleton,
      passwordHash: account.passwordHash,
      role: account.role,
      status: UserStatus.Normal,
      pendingApproval: account.pendingApproval ?? false,
      credentialVersion: 1,
      createdAt: new Date(),
    });
    return { id: Number((result.raw as { insertId: string | number }).insertId), uid };
  } catch (error) {
    throw isDuplicateKey(error) ? taken() : error;
  }
}
