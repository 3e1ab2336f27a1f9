import { BoolField, EnumField, TextField } from '../http/fields';
import { PageQueryDto } from '../http/fields/paging';
import type { UserRole, UserStatus } from '../accounts/user.entity';

/** The orders a listing of users comes in; a leading minus is descending. */
export const USER_SORTS = [
  'created',
  '-created',
  'user_name',
  '-user_name',
  'last_login',
  '-last_login',
] as const;
export type UserSort = (typeof USER_SORTS)[number];

export class UserListQueryDto extends PageQueryDto {
  @TextField({
    maxLength: 64,
    optional: true,
    emptyIsAbsent: true,
    description: 'part of the name, without regard to case',
  })
  search?: string;

  @EnumField({
    values: [0, 1],
    names: ['User', 'Admin'],
    enumName: 'UserRole',
    optional: true,
    emptyIsAbsent: true,
  })
  role?: UserRole;

  @EnumField({
    values: [0, 1, 2, 3],
    names: ['Normal', 'Banned', 'Deregistered', 'ComputeBanned'],
    enumName: 'UserStatus',
    optional: true,
    emptyIsAbsent: true,
  })
  status?: UserStatus;

  @BoolField({ optional: true, emptyIsAbsent: true, description: 'waiting for approval, or not' })
  pending?: boolean;

  @EnumField({
    values: USER_SORTS,
    enumName: 'UserSort',
    optional: true,
    emptyIsAbsent: true,
    default: '-created',
  })
  sort?: UserSort;
}
