import { bilingual, type Bilingual } from '../i18n/bilingual';

/**
 * The code table of the API document. Every answer of the Dscape family carries one of these in
 * `code`, every failure of the StackHub family in `error`.
 */
export const BusinessCode = {
  Success: 20000,
  AlreadyExists: 20001,
  BadRequest: 30000,
  InvalidParameter: 30001,
  Unauthenticated: 40000,
  TokenExpired: 40001,
  TokenInvalid: 40002,
  Forbidden: 40300,
  AddressBanned: 40303,
  ComputeBanned: 40304,
  QuotaExceeded: 40305,
  InternalError: 50000,
  WrongCredentials: 60101,
  AccountBanned: 60102,
  AwaitingApproval: 60103,
  NameTaken: 60201,
  InviteCodeInvalid: 60202,
  TooManyInviteCodes: 60401,
  NotImplemented: 0,
} as const;

export type BusinessCode = (typeof BusinessCode)[keyof typeof BusinessCode];

/** What each code means, for the OpenAPI document and docs/codes.md. */
export const businessCodeMeaning: Readonly<Record<BusinessCode, Bilingual>> = {
  20000: bilingual('成功', 'success'),
  20001: bilingual('已存在（用户、应用）', 'exists already (user, app)'),
  30000: bilingual(
    '非法请求（不存在、状态不允许、请求过于频繁）',
    'request refused (not found, not possible in this state, too many requests)',
  ),
  30001: bilingual('参数错误', 'invalid parameter'),
  40000: bilingual('权限不足（未登录）', 'not signed in'),
  40001: bilingual('token过期', 'token expired'),
  40002: bilingual('token无效', 'token invalid'),
  40300: bilingual('权限不足', 'permission denied'),
  40303: bilingual('计算请求的ip已被封禁', 'address banned'),
  40304: bilingual('计算请求的用户已被封禁', 'user banned from computing'),
  40305: bilingual('用户的计算配额到达上限', 'compute quota used up'),
  50000: bilingual('服务器内部错误', 'internal error, or a service it needs is down'),
  60101: bilingual('用户名或密码错误', 'wrong user name or password'),
  60102: bilingual('用户已被封禁', 'account banned'),
  60103: bilingual('上级管理员未认证该用户', 'account awaits approval'),
  60201: bilingual('用户已存在', 'user name taken'),
  60202: bilingual('注册码不正确', 'invite code not valid'),
  60401: bilingual('申请数量超过上限', 'too many valid invite codes'),
  0: bilingual('接口未实现', 'not implemented'),
};
