import { BusinessCode } from '../platform/errors/business-code';
import { domainError } from '../platform/errors/domain-error';
import { bilingual } from '../platform/i18n/bilingual';

const TAKEN = bilingual(
  '用户已存在：该用户名已被使用，或与已有用户名过于相似，请换一个',
  'This user name is taken, or looks like one that is; choose another',
);

/** At registration: the name, or a look-alike of it, exists. */
export class NameTakenError extends domainError('conflict', TAKEN.zh, TAKEN.en, {
  code: BusinessCode.NameTaken,
}) {}

/** When an administrator adds an account; documented with a code of its own. */
export class UserExistsError extends domainError('conflict', TAKEN.zh, TAKEN.en, {
  code: BusinessCode.AlreadyExists,
}) {}

export class UserNotFoundError extends domainError(
  'not-found',
  '没有这个用户，请检查 uid',
  'There is no such user; check the uid',
) {}

export class SetupTokenRequiredError extends domainError(
  'forbidden',
  '注册第一个账号（管理员）需要安装令牌：请打开 npm start 打印的链接，或将服务器数据目录中 secrets/setup-token 文件的内容放入请求头 setup-token',
  'The first account, the administrator, needs the set-up token: open the link that npm start prints, or send the content of the file secrets/setup-token in the data folder of the server as header `setup-token`',
) {}
