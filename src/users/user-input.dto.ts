import type { UserRole, UserStatus } from '../accounts/user.entity';
import { PasswordField, UserNameField } from '../auth/passwords/credential-fields';
import { BoolField, EnumField, IntField, TextField, UuidField } from '../http/fields';
import { RoleField, StatusField } from '../http/fields/api-fields';
import { PageQueryDto } from '../http/fields/paging';

export class UidParamDto {
  @UuidField({ description: 'uid of the user' })
  uid: string;
}

export class UserSessionParamDto extends UidParamDto {
  @UuidField({ description: 'id of one of the sessions of the user' })
  sid: string;
}

export class RegisterDto {
  @UserNameField()
  user_name: string;

  @PasswordField()
  password: string;

  @TextField({
    minLength: 0,
    maxLength: 64,
    optional: true,
    nullable: true,
    description: 'not needed for the very first account, which becomes the administrator',
    example: '7G2KD-0XQ4M-9TB1R-WZ5CH',
  })
  invite_code?: string | null;
}

export class AddUserDto {
  @UserNameField()
  user_name: string;

  @PasswordField()
  password: string;

  @RoleField({ optional: true, nullable: true, default: 0 })
  role?: UserRole | null;
}

export class ModifyPasswordDto {
  @PasswordField({
    optional: true,
    nullable: true,
    description:
      'the password so far; left out when an administrator resets that of another account',
  })
  old_password?: string | null;

  @PasswordField()
  new_password: string;
}

export class ModifyStatusQueryDto {
  @StatusField()
  status: UserStatus;
}

export class ModifyRoleQueryDto {
  @RoleField()
  role: UserRole;
}

export class ModifyQuotaQueryDto {
  @IntField({
    min: 0,
    max: 1_000_000_000,
    optional: 'or-empty',
    description: 'computations per UTC day; left empty: the default of this server',
  })
  quota?: number;
}

/** The orders of a list of users; a leading minus is descending. */
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
    optional: 'or-empty',
    description: 'part of the name, without regard to case',
  })
  search?: string;

  @RoleField({ optional: 'or-empty', description: undefined })
  role?: UserRole;

  @StatusField({ optional: 'or-empty', description: undefined })
  status?: UserStatus;

  @BoolField({ optional: 'or-empty', description: 'waiting for approval, or not' })
  pending?: boolean;

  @EnumField({
    values: USER_SORTS,
    enumName: 'UserSort',
    optional: 'or-empty',
    default: '-created',
  })
  sort?: UserSort;
}
