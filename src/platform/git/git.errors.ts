import { domainError } from '../errors/domain-error';

export class GitMissingError extends domainError(
  'unavailable',
  '找不到程序 git。请在服务器上运行 npm run setup 安装。',
  'The program git was not found. Run npm run setup on the server.',
) {}

export class GitServerAwayError extends domainError(
  'unavailable',
  (said: string) => `无法访问 git 服务器：${said}`,
  (said) => `The git server cannot be reached: ${said}`,
) {}

/** A redirect is not followed: it would lead to an address that nobody has named. */
export class RepositoryMovedError extends domainError(
  'conflict',
  'git 服务器把该地址转向别处，请改用新的地址。',
  'The git server redirects this address; use the new one instead.',
) {}

export class RepositoryNotPublicError extends domainError(
  'not-found',
  '仓库不存在，或需要登录：只支持公开的仓库。',
  'There is no such repository, or it takes a login: only public ones can be read.',
) {}

export class AddressNotAllowedError extends domainError(
  'forbidden',
  'git 服务器的地址不是公网地址；需要访问内部网络时，请由运维人员在 STORE_NETWORKS 中列出该网段。',
  'The git server’s address is not a public one; who runs the server can list its network in STORE_NETWORKS.',
) {}

export class UnknownHostError extends domainError(
  'unavailable',
  '找不到 git 服务器的主机名。',
  'The name of the git server is not known.',
) {}

export class CertificateRefusedError extends domainError(
  'unavailable',
  'git 服务器的证书不可信；使用自有证书机构时请设置 STORE_CA_FILE。',
  'The certificate of the git server is not trusted; for an authority of your own set STORE_CA_FILE.',
) {}

export class RefGoneError extends domainError(
  'not-found',
  (ref: string) => `仓库中没有分支、标签或提交 ${ref || 'HEAD'}。`,
  (ref) => `The repository has no branch, tag or commit ${ref || 'HEAD'}.`,
) {}

export class FolderGoneError extends domainError(
  'not-found',
  (folder: string) => `仓库中没有文件夹 ${folder}。`,
  (folder) => `The repository has no folder ${folder}.`,
) {}

export class FetchTimeoutError extends domainError(
  'unavailable',
  'git 服务器响应过慢或停止响应，下载已放弃（STORE_FETCH_SECONDS）。',
  'The git server is too slow or stands still; the fetch was given up (STORE_FETCH_SECONDS).',
) {}

export class RepositoryTooLargeError extends domainError(
  'conflict',
  '仓库过大（STORE_MAX_MEGABYTES，或文件数超过 100000）。',
  'The repository is too large (STORE_MAX_MEGABYTES, or more than 100,000 files).',
) {}

export class RepositoryDamagedError extends domainError(
  'conflict',
  (said: string) => `仓库的数据已损坏或不符合规则：${said}`,
  (said) => `What the git server sent is damaged or against the rules: ${said}`,
) {}

export class GitDiskFullError extends domainError(
  'unavailable',
  '数据目录所在的磁盘已满。',
  'The disk of the data folder is full.',
) {}
