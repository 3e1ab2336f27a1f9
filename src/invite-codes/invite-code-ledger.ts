import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import type { CurrentUser } from '../http/access/current-user';
import { runInTransaction } from '../platform/database/run-in-transaction';
import { User } from '../accounts/user.entity';
import { InviteCode } from './invite-code.entity';
import { InviteCodeNotFoundError } from './invite-code.errors';
import { STATE_CONDITIONS, type InviteCodeState } from './invite-code-state';
import { parseInviteCode } from './invite-code-text';

/** Uses listed with a code, the latest first; `used_count` is complete. */
export const USES_SHOWN = 100;

export interface CodeUse {
  readonly uid: string;
  readonly name: string;
  readonly usedAt: Date;
}

export interface CodeEntry {
  readonly code: InviteCode;
  readonly issuer: Pick<User, 'uid' | 'name'>;
  readonly uses: readonly CodeUse[];
}

interface UseRow {
  codeId: string;
  uid: string;
  name: string;
  usedAt: Date;
}

/** Lists invite codes with their uses, and revokes them. */
@Injectable()
export class InviteCodeLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async list(
    state: InviteCodeState | undefined,
    skip: number,
    take: number,
    now: Date,
  ): Promise<{ total: number; entries: CodeEntry[] }> {
    const select = this.dataSource.manager.createQueryBuilder(InviteCode, 'c');
    if (state) select.where(STATE_CONDITIONS[state], { now });
    const [codes, total] = await select
      .orderBy('c.id', 'DESC')
      .skip(skip)
      .take(take)
      .getManyAndCount();
    const [uses, issuers] = await Promise.all([this.usesOf(codes), this.issuersOf(codes)]);
    return {
      total,
      entries: codes.map((code) => ({
        code,
        issuer: issuers.get(code.issuedBy) ?? { uid: '', name: '' },
        uses: uses.get(code.id) ?? [],
      })),
    };
  }

  /** A second revocation changes nothing. @throws InviteCodeNotFoundError */
  async revoke(admin: CurrentUser, text: string, address: string): Promise<void> {
    const code = parseInviteCode(text);
    if (code === null) throw new InviteCodeNotFoundError();
    await runInTransaction(this.dataSource, async (tx) => {
      const { affected } = await tx.update(
        InviteCode,
        { code, revokedAt: IsNull() },
        { revokedAt: new Date(), revokedBy: admin.userId },
      );
      const row = await tx.findOneBy(InviteCode, { code });
      if (!row) throw new InviteCodeNotFoundError();
      if (affected !== 1) return;
      await this.audit.record(
        {
          action: 'invite-code.revoked',
          actor: admin,
          target: { type: 'invite-code', id: String(row.id) },
          address,
        },
        tx,
      );
    });
  }

  private async usesOf(codes: readonly InviteCode[]): Promise<Map<number, CodeUse[]>> {
    const byCode = new Map<number, CodeUse[]>();
    if (codes.length === 0) return byCode;
    const rows: UseRow[] = await this.dataSource.query(
      `SELECT ranked.codeId, u.uid, u.name, ranked.usedAt
       FROM (SELECT id, codeId, userId, usedAt,
                    ROW_NUMBER() OVER (PARTITION BY codeId ORDER BY id DESC) AS place
             FROM invite_code_uses WHERE codeId IN (?)) ranked
       JOIN users u ON u.id = ranked.userId
       WHERE ranked.place <= ?
       ORDER BY ranked.id DESC`,
      [codes.map((code) => code.id), USES_SHOWN],
    );
    for (const { codeId, uid, name, usedAt } of rows) {
      const uses = byCode.get(Number(codeId)) ?? [];
      uses.push({ uid, name, usedAt });
      byCode.set(Number(codeId), uses);
    }
    return byCode;
  }

  private async issuersOf(codes: readonly InviteCode[]): Promise<Map<number, User>> {
    const ids = [...new Set(codes.map((code) => code.issuedBy))];
    const users = await this.dataSource.manager.findBy(User, { id: In(ids) });
    return new Map(users.map((user) => [user.id, user]));
  }
}
