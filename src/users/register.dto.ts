import { PasswordField, UserNameField } from '../auth/passwords/credential-fields';
import { TextField } from '../http/fields';

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
