import { ApiProperty } from '@nestjs/swagger';
import { PasswordField, UserNameField } from '../auth/passwords/credential-fields';
import { EnumField } from '../http/fields';
import type { UserRole } from '../accounts/user.entity';
import { ApiRole } from '../http/fields/api-fields';

export class AddUserDto {
  @UserNameField()
  user_name: string;

  @PasswordField()
  password: string;

  @EnumField({
    values: [0, 1],
    names: ['User', 'Admin'],
    enumName: 'UserRole',
    optional: true,
    nullable: true,
    default: 0,
    description: '0 ordinary user, 1 administrator',
  })
  role?: UserRole | null;
}

export class AddedUserDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  uid: string;

  @ApiRole()
  role: UserRole;
}
