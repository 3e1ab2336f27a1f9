import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { AddressBanService } from '../auth/addresses/address-ban.service';
import { PasswordHasher } from '../auth/passwords/password-hasher';
import { RequestThrottle } from '../auth/throttle/request-throttle';
import { InviteCodeInvalidError } from '../invite-codes/invite-code.errors';
import { InviteCodeService } from '../invite-codes/invite-code.service';
import { runInTransaction } from '../platform/database/run-in-transaction';
import { insertAccount } from './account-writer';
import { SystemState } from '../accounts/system-state.entity';
import { newSetupSalt, SetupToken, type RequestOrigin } from './setup-token';
import { NameTakenError, SetupTokenRequiredError } from './user.errors';
import type { DomainError } from '../platform/errors/domain-error';
import { parseUserName, type UserName } from '../accounts/user-name';
import { UserRole } from '../accounts/user.entity';

/** Registers accounts: the first as administrator, all others with an invite code. */
@Injectable()
export class RegistrationService implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly inviteCodes: InviteCodeService,
    private readonly hasher: PasswordHasher,
    private readonly throttle: RequestThrottle,
    private readonly addressBans: AddressBanService,
    private readonly audit: AuditService,
    private readonly setupToken: SetupToken,
  ) {}

  /**
   * Returns the uid. The code is checked before the name, so that names cannot be probed without one.
   * @throws AddressBannedError, TooManyAttemptsError, SetupTokenRequiredError, InviteCodeInvalidError,
   * NameTakenError
   */
  async register(
    userName: string,
    digest: string,
    inviteCode: string | null,
    address: string,
    origin: RequestOrigin,
  ): Promise<string> {
    await this.addressBans.refuseBanned(address);
    await this.throttle.register(address);
    const name = parseUserName(userName);
    if (!name) throw new Error('the name must be validated before');
    const { firstAdminAt, setupSalt } = await this.systemState();
    const first = firstAdminAt === null;
    if (first && !this.setupToken.permits(origin, setupSalt))
      return this.refuse(name, address, new SetupTokenRequiredError());
    // Decided again in the transaction; here it saves hashing for a request without a chance.
    if (!first && !(await this.inviteCodes.isValid(inviteCode ?? '')))
      return this.refuse(name, address, new InviteCodeInvalidError());
    const passwordHash = await this.hasher.hash(digest);
    const uid = await runInTransaction(this.dataSource, async (tx) =>
      first && (await claimFirstAdmin(tx))
        ? this.addFirstAdmin(tx, name, passwordHash, address)
        : this.addInvited(tx, name, passwordHash, inviteCode ?? '', address),
    );
    if (first) await this.publishToken();
    return uid;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.publishToken();
  }

  /** Whether the next account to register becomes the administrator. */
  async firstAdminIsMissing(): Promise<boolean> {
    return (await this.systemState()).firstAdminAt === null;
  }

  private async publishToken(): Promise<void> {
    const { firstAdminAt, setupSalt } = await this.systemState();
    this.setupToken.publish(setupSalt, firstAdminAt === null);
  }

  private systemState(): Promise<SystemState> {
    return this.dataSource.manager.findOneByOrFail(SystemState, { id: 1 });
  }

  /** The code is not recorded: it may be a valid one with a typo. */
  private async refuse(name: UserName, address: string, error: DomainError): Promise<never> {
    await this.audit.record({
      action: 'user.registration-refused',
      outcome: 'refused',
      target: { type: 'user', id: 'unknown', name: name.shown },
      address,
    });
    throw error;
  }

  private async addFirstAdmin(
    tx: EntityManager,
    name: UserName,
    passwordHash: string,
    address: string,
  ): Promise<string> {
    const account = { name, passwordHash, role: UserRole.Admin };
    const { uid } = await insertAccount(tx, account, () => new NameTakenError());
    await this.recordRegistration(tx, uid, name, address, { firstAdministrator: true });
    return uid;
  }

  private async addInvited(
    tx: EntityManager,
    name: UserName,
    passwordHash: string,
    inviteCode: string,
    address: string,
  ): Promise<string> {
    const { codeId, approval, usedBy } = await this.inviteCodes.redeem(tx, inviteCode);
    const account = { name, passwordHash, role: UserRole.User, pendingApproval: approval };
    const { id, uid } = await insertAccount(tx, account, () => new NameTakenError());
    await usedBy(id);
    await this.recordRegistration(tx, uid, name, address, { inviteCodeId: codeId, approval });
    return uid;
  }

  private recordRegistration(
    tx: EntityManager,
    uid: string,
    name: UserName,
    address: string,
    details: Record<string, string | number | boolean>,
  ): Promise<void> {
    const target = { type: 'user', id: uid, name: name.shown };
    const actor = { uid, name: name.shown };
    return this.audit.record({ action: 'user.registered', actor, target, address, details }, tx);
  }
}

/** True for one caller ever: the one whose UPDATE finds the row unclaimed. */
async function claimFirstAdmin(tx: EntityManager): Promise<boolean> {
  const { affected } = await tx
    .createQueryBuilder()
    .update(SystemState)
    .set({ firstAdminAt: new Date(), setupSalt: newSetupSalt() })
    .where('id = 1 AND firstAdminAt IS NULL')
    .execute();
  return affected === 1;
}
