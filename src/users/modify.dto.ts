import { PasswordField } from '../auth/passwords/credential-fields';
import { EnumField, IntField } from '../http/fields';
import type { UserRole, UserStatus } from '../accounts/user.entity';

export class ModifyPasswordDto {
  @PasswordField({
    optional: true,
    nullable: true,
    description: 'the password so far; only an administrator may leave it out',
  })
  old_password?: string | null;

  @PasswordField()
  new_password: string;
}

export class ModifyStatusQueryDto {
  @EnumField({
    values: [0, 1, 2, 3],
    names: ['Normal', 'Banned', 'Deregistered', 'ComputeBanned'],
    enumName: 'UserStatus',
    description: '0 normal, 1 banned, 2 deregistered, 3 banned from computing',
  })
  status: UserStatus;
}

export class ModifyRoleQueryDto {
  @EnumField({
    values: [0, 1],
    names: ['User', 'Admin'],
    enumName: 'UserRole',
    description: '0 ordinary user, 1 administrator',
  })
  role: UserRole;
}

export class ModifyQuotaQueryDto {
  @IntField({
    min: 0,
    max: 1_000_000_000,
    optional: true,
    emptyIsAbsent: true,
    description: 'computations a UTC day; left empty: the default of this server',
  })
  quota?: number;
}
