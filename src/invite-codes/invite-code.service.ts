import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import type { CurrentUser } from '../http/access/current-user';
import { runInTransaction } from '../platform/database/run-in-transaction';
import { InviteCode } from './invite-code.entity';
import { InviteCodeInvalidError, TooManyInviteCodesError } from './invite-code.errors';
import { STATE_CONDITIONS } from './invite-code-state';
import { newInviteCode, parseInviteCode } from './invite-code-text';
import { InviteCodeUse } from './invite-code-use.entity';

/** Valid codes per administrator at a time, as the API document says. */
export const VALID_CODES_PER_ADMIN = 1024;

export interface IssueOptions {
  readonly count: number;
  readonly expiresAt: Date | null;
  readonly maxUses: number;
  readonly note: string;
  readonly approval: boolean;
}

/** Issues invite codes and redeems them at registration. */
@Injectable()
export class InviteCodeService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** Issues all codes or none. @throws TooManyInviteCodesError */
  async issue(admin: CurrentUser, options: IssueOptions, address: string): Promise<string[]> {
    const codes = Array.from({ length: options.count }, newInviteCode);
    const now = new Date();
    return runInTransaction(this.dataSource, async (tx) => {
      // The lock on the administrator's row serializes counting and inserting.
      await tx.query('SELECT id FROM users WHERE id = ? FOR UPDATE', [admin.userId]);
      const valid = await tx
        .createQueryBuilder(InviteCode, 'c')
        .where('issuedBy = :admin', { admin: admin.userId })
        .andWhere(STATE_CONDITIONS.valid, { now })
        .getCount();
      if (valid + options.count > VALID_CODES_PER_ADMIN)
        throw new TooManyInviteCodesError(VALID_CODES_PER_ADMIN, valid);
      await tx.insert(
        InviteCode,
        codes.map((code) => ({
          code,
          issuedBy: admin.userId,
          createdAt: now,
          expiresAt: options.expiresAt,
          maxUses: options.maxUses,
          usedCount: 0,
          note: options.note,
          approval: options.approval,
        })),
      );
      await this.audit.record(
        {
          action: 'invite-code.issued',
          actor: admin,
          address,
          details: {
            count: options.count,
            maxUses: options.maxUses,
            approval: options.approval,
            expires: options.expiresAt?.toISOString() ?? null,
          },
        },
        tx,
      );
      return codes;
    });
  }

  /** Whether the code could be used now: a cheap check before costly work; only `redeem` decides. */
  async isValid(text: string): Promise<boolean> {
    const code = parseInviteCode(text);
    if (code === null) return false;
    const found = await this.dataSource.manager
      .createQueryBuilder(InviteCode, 'c')
      .where('code = :code', { code })
      .andWhere(STATE_CONDITIONS.valid, { now: new Date() })
      .getCount();
    return found === 1;
  }

  /**
   * Uses the code once, in the transaction that creates the account. Returns whether the account needs
   * approval, and a function that records its user.
   * @throws InviteCodeInvalidError
   */
  async redeem(
    tx: EntityManager,
    text: string,
  ): Promise<{ codeId: number; approval: boolean; usedBy: (userId: number) => Promise<void> }> {
    const code = parseInviteCode(text);
    if (code === null) throw new InviteCodeInvalidError();
    const now = new Date();
    const { affected } = await tx
      .createQueryBuilder()
      .update(InviteCode)
      .set({ usedCount: () => 'usedCount + 1' })
      .where('code = :code', { code })
      .andWhere(STATE_CONDITIONS.valid, { now })
      .execute();
    if (affected !== 1) throw new InviteCodeInvalidError();
    const { id, approval } = await tx.findOneByOrFail(InviteCode, { code });
    return {
      codeId: id,
      approval,
      usedBy: async (userId) => {
        await tx.insert(InviteCodeUse, { codeId: id, userId, usedAt: now });
      },
    };
  }
}
