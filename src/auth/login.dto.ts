import { PasswordField, UserNameField } from './passwords/credential-fields';

export class LoginDto {
  @UserNameField()
  user_name: string;

  @PasswordField()
  password: string;
}
