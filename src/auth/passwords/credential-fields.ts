import { applyDecorators } from '@nestjs/common';
import { fieldRule, HexField, TextField, type FieldOptions } from '../../http/fields';
import { bilingual } from '../../platform/i18n/bilingual';
import { parseUserName, MAX_USER_NAME_LENGTH } from '../../accounts/user-name';
import { parsePasswordDigest } from './password-digest';

/** A user name; see `parseUserName` for the rules. */
export function UserNameField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    TextField({
      description: '1–64 letters or digits of any script, `_ . - @`; unique without regard to case',
      example: 'lensfrex',
      maxLength: MAX_USER_NAME_LENGTH,
      ...options,
    }),
    fieldRule(
      'userName',
      (value) => typeof value === 'string' && parseUserName(value) !== null,
      bilingual(
        '须为 1 到 64 个字符，仅限各种文字的字母、数字以及 _ . - @',
        'must be 1 to 64 letters or digits of any script, or _ . - @',
      ),
    ),
  );
}

/** The double SHA-256 of a password; becomes lower case. */
export function PasswordField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    HexField({
      length: 64,
      description: 'hex(sha256(hex(sha256(plain)))); the digest of an empty password is refused',
      example: '998ed4d621742d0c2d85ed84173db569afa194d4597686cae947324aa58ab4bb',
      ...options,
    }),
    fieldRule(
      'passwordDigest',
      (value) => typeof value === 'string' && 'digest' in parsePasswordDigest(value),
      bilingual(
        '须为明文密码两次 sha256 的 64 位十六进制，且密码不能为空',
        'must be the twofold SHA-256 of a password, 64 hexadecimal digits, and not of an empty one',
      ),
    ),
  );
}
