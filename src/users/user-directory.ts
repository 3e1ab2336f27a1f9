import { Injectable } from '@nestjs/common';
import { DataSource, type FindOptionsOrder } from 'typeorm';
import { pageOf } from '../http/fields/paging';
import type { UserListQueryDto, UserSort } from './user-input.dto';
import { User, type AccountFacts } from '../accounts/user.entity';
import { AuthSnapshots } from '../auth/cache/auth-snapshots';
import { UserNotFoundError } from './user.errors';

// A fixed list of orders: input of a caller never becomes SQL.
const ORDERS: Readonly<Record<UserSort, FindOptionsOrder<User>>> = {
  created: { id: 'ASC' },
  '-created': { id: 'DESC' },
  user_name: { nameKey: 'ASC' },
  '-user_name': { nameKey: 'DESC' },
  last_login: { lastLoginAt: 'ASC', id: 'ASC' },
  '-last_login': { lastLoginAt: 'DESC', id: 'DESC' },
};

/** Looks accounts up. */
@Injectable()
export class UserDirectory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly snapshots: AuthSnapshots,
  ) {}

  /**
   * The account of a caller: usually what the guard has just read or had in its cache.
   * @throws UserNotFoundError
   */
  getOwn(uid: string): AccountFacts | Promise<AccountFacts> {
    return this.snapshots.findNow(uid) ?? this.getByUid(uid);
  }

  /** @throws UserNotFoundError */
  async getByUid(uid: string): Promise<User> {
    const user = await this.dataSource.manager.findOneBy(User, { uid });
    if (!user) throw new UserNotFoundError();
    return user;
  }

  async list(query: UserListQueryDto): Promise<{ total: number; users: User[] }> {
    const { skip, take } = pageOf(query);
    const select = this.dataSource.manager.createQueryBuilder(User, 'u');
    if (query.role !== undefined) select.andWhere('u.role = :role', { role: query.role });
    if (query.status !== undefined) select.andWhere('u.status = :status', { status: query.status });
    if (query.pending !== undefined)
      select.andWhere('u.pendingApproval = :pending', { pending: query.pending });
    if (query.search !== undefined)
      select.andWhere("u.nameKey LIKE :pattern ESCAPE '!'", { pattern: contains(query.search) });
    for (const [column, direction] of Object.entries(ORDERS[query.sort ?? '-created']))
      select.addOrderBy(`u.${column}`, direction as 'ASC' | 'DESC');
    const [users, total] = await select.skip(skip).take(take).getManyAndCount();
    return { total, users };
  }
}

function contains(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase();
  return `%${folded.replace(/[!%_]/g, '!$&')}%`;
}
