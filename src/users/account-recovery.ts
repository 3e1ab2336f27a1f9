import type { DataSource, EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { BannedAddress } from '../auth/addresses/banned-address.entity';
import { passwordDigest } from '../auth/passwords/password-digest';
import type { PasswordHasher } from '../auth/passwords/password-hasher';
import { Session } from '../auth/sessions/session.entity';
import type { CacheTopic } from '../auth/cache/change-topic';
import { CacheLease } from '../auth/cache/cache-lease';
import { runInTransaction } from '../platform/database/run-in-transaction';
import { insertAccount } from './account-writer';
import { SystemState } from '../accounts/system-state.entity';
import { User } from '../accounts/user.entity';
import { UserExistsError } from './user.errors';
import { parseUserName } from '../accounts/user-name';
import { UserRole } from '../accounts/user-role';
import { UserStatus } from '../accounts/user-status';

/** What the audit log names as the actor: somebody with access to the machine itself. */
const OPERATOR = { uid: 'operator', name: 'operator (command line)' };

/**
 * The way back in for who has access to the machine but not to the product. Works beside a running
 * server, which takes the change in within seconds, and without one.
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
   * Makes the account an administrator in good standing with this password, its sessions ended; an
   * account of that name that does not exist is made. Throws UserExistsError when only a look-alike
   * of the name exists. Answers null when the name breaks the rules.
   */
  async resetAdmin(userName: string, plainPassword: string): Promise<'reset' | 'made' | null> {
    const name = parseUserName(userName);
    if (!name) return null;
    const passwordHash = await this.hasher.hash(passwordDigest(plainPassword));
    let topic: CacheTopic | null = null;
    const result = await runInTransaction(this.dataSource, async (tx) => {
      // With a lost pepper, passwords from now on are hashed with the one at hand.
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
      topic = `user:${user.uid}`;
      await this.note(tx, topic);
      return 'reset' as const;
    });
    if (topic) await this.waitForServers();
    return result;
  }

  /** Lifts every address ban; for who has shut himself out. Answers how many there were. */
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
      await this.note(tx, 'addresses');
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

  private async note(tx: EntityManager, topic: CacheTopic): Promise<void> {
    await tx.query('INSERT INTO auth_changes (topic, at) VALUES (?, UTC_TIMESTAMP(6))', [topic]);
  }

  /** Servers read the change when they renew their lease; none of them needs to be told. */
  private async waitForServers(): Promise<void> {
    const lease = new CacheLease(this.dataSource, 'operator', () => undefined);
    const { nodes, committedBefore } = await lease.otherHolders();
    if (nodes.length > 0) await lease.waitUntilSynced(nodes, committedBefore);
  }
}
