import { BusinessCode } from '../../platform/errors/business-code';
import { domainError } from '../../platform/errors/domain-error';

export class StoreNotFoundError extends domainError(
  'not-found',
  (name: string) => `没有名为 ${name} 的 git 应用源；GET /api/v1/catalogue/stores 列出全部。`,
  (name) => `There is no git store ${name}; GET /api/v1/catalogue/stores lists those that are.`,
) {}

export class StoreExistsError extends domainError(
  'conflict',
  (name: string) => `应用源 ${name} 已使用该地址。`,
  (name) => `The store ${name} has this address already.`,
  { code: BusinessCode.AlreadyExists },
) {}

export class StoreNameTakenError extends domainError(
  'conflict',
  (name: string) => `名称 ${name} 已被其他应用源使用。`,
  (name) => `The name ${name} is taken by another store.`,
  { code: BusinessCode.AlreadyExists },
) {}

export class TooManyStoresError extends domainError(
  'conflict',
  (most: number) => `最多可添加 ${most} 个 git 应用源，请先移除不用的。`,
  (most) => `At most ${most} git stores can be added; remove one that is not used.`,
) {}

export class StoreOfSettingsError extends domainError(
  'conflict',
  (name: string) => `应用源 ${name} 写在 CATALOG_PATHS 设置中，只能由运维人员在那里移除。`,
  (name) => `The store ${name} is named in CATALOG_PATHS and can be removed only there.`,
) {}

/** What was looked at is not what would be taken. */
export class NoSuchUpdateError extends domainError(
  'conflict',
  (name: string) => `应用源 ${name} 没有该提交可供采用，请先检查更新并查看变化。`,
  (name) =>
    `The store ${name} has no such newer commit; look for updates first and see what changes.`,
) {}
