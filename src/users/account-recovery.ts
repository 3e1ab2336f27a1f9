import type { DataSource, EntityManager } from 'typeorm';
import { AuditService, OPERATOR } from '../audit/audit.service';
import { BannedAddress } from '../auth/addresses/banned-address.entity';
import { passwordDigest } from '../auth/passwords/password-digest';
import type { PasswordHasher } from '../auth/passwords/password-hasher';
import { Session } from '../auth/sessions/session.entity';
import { CacheLease, recordChange } from '../auth/cache/cache-lease';
import { runInTransaction } from '../platform/database/run-in-transaction';
import { insertAccount } from './account-writer';
import { SystemState } from '../accounts/system-state.entity';
import { User, UserRole, UserStatus } from '../accounts/user.entity';
import { UserExistsError } from './user.errors';
import { parseUserName } from '../accounts/user-name';

/**
 * Restores access for an operator with a shell on the machine. Works without a server and beside a
 * running one, which applies the change within seconds.
 */
export class AccountRecovery {
  private readonly audit: AuditService;

  constructor(
    private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
  ) {
    this.audit = new AuditService(dataSource);
  }

  /**
   * Makes the account an active administrator with this password and ends its sessions; a missing
   * account is created. Null when the name breaks the rules.
   * @throws UserExistsError when only a look-alike of the name exists
   */
  async resetAdmin(userName: string, plainPassword: string): Promise<'reset' | 'made' | null> {
    const name = parseUserName(userName);
    if (!name) return null;
    const passwordHash = await this.hasher.hash(passwordDigest(plainPassword));
    const result = await runInTransaction(this.dataSource, async (tx) => {
      // After the loss of a pepper, new passwords are hashed with the present one.
      const { pepperFingerprint } = this.hasher;
      await tx.update(SystemState, { id: 1 }, { firstAdminAt: new Date(), pepperFingerprint });
      const user = await tx.findOne(User, {
        where: { nameKey: name.key },
        lock: { mode: 'pessimistic_write' },
      });
      if (!user) {
        const account = { name, passwordHash, role: UserRole.Admin };
        const { uid } = await insertAccount(tx, account, () => new UserExistsError());
        await this.record(tx, 'user.added', uid, name.shown);
        return 'made' as const;
      }
      await tx.update(
        User,
        { id: user.id },
        {
          passwordHash,
          role: UserRole.Admin,
          status: UserStatus.Normal,
          pendingApproval: false,
          credentialVersion: user.credentialVersion + 1,
        },
      );
      await tx
        .createQueryBuilder()
        .update(Session)
        .set({ endedAt: new Date(), endReason: 'password-changed' })
        .where('userId = :id AND endedAt IS NULL', { id: user.id })
        .execute();
      await this.record(tx, 'user.recovered', user.uid, user.name);
      await recordChange(tx, `user:${user.uid}`);
      return 'reset' as const;
    });
    if (result === 'reset') await this.waitForServers();
    return result;
  }

  /** Lifts every address ban and returns how many there were. */
  async liftAddressBans(): Promise<number> {
    const lifted = await runInTransaction(this.dataSource, async (tx) => {
      const { affected } = await tx.createQueryBuilder().delete().from(BannedAddress).execute();
      await this.audit.record(
        {
          action: 'address.ban-lifted',
          actor: OPERATOR,
          target: { type: 'address', id: 'all' },
          details: { count: affected ?? 0 },
        },
        tx,
      );
      await recordChange(tx, 'addresses');
      return affected ?? 0;
    });
    await this.waitForServers();
    return lifted;
  }

  private record(tx: EntityManager, action: string, uid: string, name: string): Promise<void> {
    const target = { type: 'user', id: uid, name };
    const details = { role: UserRole.Admin };
    return this.audit.record({ action, actor: OPERATOR, target, details }, tx);
  }

  /** Servers read the change when they renew their lease. */
  private async waitForServers(): Promise<void> {
    const lease = new CacheLease(this.dataSource, 'operator', () => undefined);
    const { nodes, committedBefore } = await lease.otherHolders();
    if (nodes.length > 0) await lease.waitUntilSynced(nodes, committedBefore);
  }
}
