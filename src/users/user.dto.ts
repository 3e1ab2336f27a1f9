import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../http/fields/paging';
import type { AccountFacts, UserRole, UserStatus } from '../accounts/user.entity';
import { ApiRole, ApiStatus, ApiTime } from '../http/fields/api-fields';

export class UserDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: '9a6d777c-997d-a7e5-35f4-8471b7582ac0' })
  uid: string;

  @ApiProperty({ type: 'string', example: 'lensfrex' })
  user_name: string;

  @ApiRole()
  role: UserRole;

  @ApiStatus()
  status: UserStatus;

  @ApiProperty({ type: 'boolean', description: 'waits for the approval of an administrator' })
  pending: boolean;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: null,
    description: 'computations a UTC day; null: the default of this server',
  })
  quota: number | null;

  @ApiTime('when the account was made')
  created: number;

  @ApiTime('last sign-in', true)
  last_login: number | null;

  @ApiProperty({ type: 'string', nullable: true, example: '203.0.113.7' })
  last_login_ip: string | null;
}

export class UidDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: '9a6d777c-997d-a7e5-35f4-8471b7582ac0' })
  uid: string;
}

export class AddedUserDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  uid: string;

  @ApiRole()
  role: UserRole;
}

export class UserPageDto extends PageDto {
  @ApiProperty({ type: [UserDto] })
  items: UserDto[];
}

/** Lists the fields one by one, so that a new column or a hash is never published by accident. */
export function toUserDto(user: AccountFacts): UserDto {
  return {
    uid: user.uid,
    user_name: user.name,
    role: user.role,
    status: user.status,
    pending: user.pendingApproval,
    quota: user.computeQuota,
    created: +user.createdAt,
    last_login: user.lastLoginAt && +user.lastLoginAt,
    last_login_ip: user.lastLoginAddress,
  };
}
