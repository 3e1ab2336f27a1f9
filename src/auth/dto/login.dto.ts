import { PasswordField, UserNameField } from './credential-fields';

export class LoginDto {
  @UserNameField()
  user_name: string;

  @PasswordField()
  password: string;
}
