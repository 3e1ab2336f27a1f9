import { domainError } from '../../platform/errors/domain-error';
import type { Bilingual } from '../../platform/i18n/bilingual';

export class BackupNotFoundError extends domainError(
  'not-found',
  (id: string) => `没有编号为 ${id} 的备份；GET /api/v1/apps/{appName}/backups 列出全部备份。`,
  (id) => `There is no backup ${id}; GET /api/v1/apps/{appName}/backups lists those that are.`,
) {}

export class UnknownRepositoryError extends domainError(
  'not-found',
  (name: string) => `没有名为 ${name} 的备份仓库，仓库在 BACKUP_REPOSITORIES 中设置。`,
  (name) => `There is no backup repository ${name}; BACKUP_REPOSITORIES names those that are.`,
) {}

/** One piece of work on the backups of an app at a time. */
export class BackupBusyError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 正在备份或恢复，请稍后重试。`,
  (appName) => `A backup or restore of app ${appName} is under way; try again when it is over.`,
  { retryAfterSeconds: 10 },
) {}

/** The data of an app come back from it, or the app goes by way of it, until an upgrade or a move is over. */
export class BackupInUseError extends domainError(
  'conflict',
  (id: string) => `应用的升级或移动正在使用备份 ${id}，结束后才能删除。`,
  (id) =>
    `An upgrade or a move of the app is using backup ${id}; it can be deleted when that is over.`,
  { retryAfterSeconds: 10 },
) {}

/** A restore beside the app makes something new and replaces nothing. */
export class InstanceHasDataError extends domainError(
  'conflict',
  (name: string) => `${name} 卸载时保留了数据；请先用 removeData 删除，或换一个实例名。`,
  (name) =>
    `There are kept data of ${name}; uninstall it with removeData first, or choose another name for the instance.`,
) {}

/** A move puts data where there are none. */
export class DataThereError extends domainError(
  'conflict',
  (appName: string) => `目标节点上已有应用 ${appName} 的数据。`,
  (appName) => `There are data of app ${appName} on that node already.`,
) {}

export class BackupNotSavedError extends domainError(
  'conflict',
  (id: string) => `备份 ${id} 没有完成，不能使用；可以删除它。`,
  (id) => `Backup ${id} is not complete and cannot be used; it can be deleted.`,
) {}

/** It lies in a folder of another node of the Swarm. */
export class BackupElsewhereError extends domainError(
  'conflict',
  (id: string, repository: string) =>
    `备份 ${id} 在仓库 ${repository} 中，该仓库是另一个节点上的目录，这里不能读取；请使用所有节点都能访问的仓库（SFTP、S3 或 REST），或在那个节点上恢复。`,
  (id, repository) =>
    `Backup ${id} is in the repository ${repository}, a folder on another node, and cannot be read here; use a repository that all nodes reach (SFTP, S3 or REST), or restore the app on that node.`,
) {}

export class NoBackupWorkError extends domainError(
  'conflict',
  (id: string) => `备份 ${id} 没有正在进行的操作可以取消。`,
  (id) => `Nothing is being done with backup ${id} that could be cancelled.`,
) {}

export class BackupCancelledError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 的备份操作已取消。`,
  (appName) => `The work on the backup of app ${appName} was cancelled.`,
) {}

export class BackupInterruptedError extends domainError(
  'internal',
  (appName: string) => `应用 ${appName} 的备份操作被中断，应用已恢复到操作之前的状态。`,
  (appName) => `The work on the backup of app ${appName} was interrupted; the app is as before it.`,
) {}

export class ResticMissingError extends domainError(
  'unavailable',
  (program: string) =>
    `找不到程序 ${program}。请在服务器上运行 npm run setup 安装 restic，或设置 RESTIC。`,
  (program) => `The program ${program} was not found. Run npm run setup, or set RESTIC.`,
) {}

export class RepositoryAwayError extends domainError(
  'unavailable',
  (name: string, said: string) => `无法访问备份仓库 ${name}：${said}`,
  (name, said) => `The backup repository ${name} cannot be reached: ${said}`,
) {}

export class RepositoryKeyWrongError extends domainError(
  'conflict',
  (name: string) => `备份仓库 ${name} 的密钥不正确。`,
  (name) => `The key of the backup repository ${name} is wrong.`,
) {}

export class RepositoryLockedError extends domainError(
  'conflict',
  (name: string) => `备份仓库 ${name} 正被另一个进程使用，请稍后重试。`,
  (name) => `The backup repository ${name} is in use by another process; try again later.`,
  { retryAfterSeconds: 30 },
) {}

export class RepositoryReadOnlyError extends domainError(
  'conflict',
  (name: string) => `备份仓库 ${name} 只读，无法写入。`,
  (name) => `The backup repository ${name} is read-only.`,
) {}

export class RepositoryFullError extends domainError(
  'conflict',
  (name: string) => `备份仓库 ${name} 所在的磁盘已满。`,
  (name) => `The disk of the backup repository ${name} is full.`,
) {}

/** What is kept is not what was saved; the text names the part. */
export class BackupDamagedError extends domainError(
  'conflict',
  (said: string) => `备份已损坏：${said}`,
  (said) => `The backup is damaged: ${said}`,
) {}

export class ResticFailedError extends domainError(
  'internal',
  (said: string) => `restic 出错：${said}`,
  (said) => `restic failed: ${said}`,
) {}

export class KeyShownAlreadyError extends domainError(
  'conflict',
  (name: string) => `备份仓库 ${name} 的密钥已显示过一次，不会再次显示。`,
  (name) =>
    `The key of the backup repository ${name} was shown once already and is not shown again.`,
) {}

export class RepositoryInUseError extends domainError(
  'conflict',
  (name: string) => `备份仓库 ${name} 中已有本服务器的备份，不能更换密钥。`,
  (name) => `This server has backups in the repository ${name}: its key cannot be replaced.`,
) {}

export class NoSnapshotsThereError extends domainError(
  'not-found',
  (name: string) => `备份仓库 ${name} 尚不存在，无法打开。`,
  (name) => `There is no backup repository ${name} at its address yet that could be opened.`,
) {}

export class StagingFullError extends domainError(
  'conflict',
  '数据目录所在的磁盘空间不足，无法暂存备份；请释放空间后重试。',
  'The disk of the data folder has no room for a copy of the app’s data; free space and try again.',
) {}

/** A copy of it would be of no one moment. */
export class DataChangingError extends domainError(
  'conflict',
  '应用已停止，但复制期间仍有其他程序在修改它的数据；请停止该程序后重试。',
  'Something else wrote to the data of the app while it was stopped and they were copied; stop that and try again.',
) {}

export class RemoteEngineError extends domainError(
  'conflict',
  '本进程无法完整读取应用的数据卷：备份需要以 root 运行、使用本机的 Docker 引擎和本地数据卷驱动。',
  'This process cannot read the volumes of the app with their owners: backups take root, an engine on this machine and volumes of the local driver.',
) {}

export class NewerBackupError extends domainError(
  'conflict',
  (version: string) => `该备份由更新的版本 ${version} 创建，请先升级本服务器。`,
  (version) => `The backup was made by the newer version ${version}; upgrade this server first.`,
) {}

export class OtherArchitectureError extends domainError(
  'conflict',
  (theirs: string, ours: string) => `该备份来自 ${theirs} 架构的机器，本机为 ${ours}，不能恢复。`,
  (theirs, ours) =>
    `The backup is of a machine with ${theirs}, this one has ${ours}: it cannot be restored here.`,
) {}

/** The volume exists and belongs to something else. */
export class VolumeNotOursError extends domainError(
  'conflict',
  (name: string) => `数据卷 ${name} 已存在且不属于该应用，不能覆盖。`,
  (name) => `Volume ${name} exists and is not the app’s: it is not replaced.`,
) {}

/** Nothing was done to the app: an upgrade begins with a backup that is proved to be whole. */
export class UpgradeNotSavedError extends domainError(
  'conflict',
  (appName: string, reason: Bilingual) =>
    `应用 ${appName} 的升级没有开始，因为升级前的备份没有完成或未通过校验：${reason.zh} 可用 "backup": false 不备份直接升级。`,
  (appName, reason) =>
    `The upgrade of app ${appName} was not begun: the backup before it was not made, or is not whole: ${reason.en} With "backup": false it goes without.`,
) {}

/** The app did not come up from the backup; what was there before is back. */
export class RestoreFailedError extends domainError(
  'conflict',
  (appName: string, reason: Bilingual) =>
    `应用 ${appName} 未能从备份启动，之前的数据已还原：${reason.zh}`,
  (appName, reason) =>
    `App ${appName} did not come up from the backup; what was there before is back: ${reason.en}`,
) {}

/** The volume is called otherwise here: its data would lie where the app does not look. */
export class VolumeNameDiffersError extends domainError(
  'conflict',
  (name: string) =>
    `备份中的数据卷 ${name} 在本机不属于该应用；请把 CONTAINER_PREFIX 设为备份时的值后重试。`,
  (name) =>
    `Volume ${name} of the backup is not one of the app here; set CONTAINER_PREFIX as it was when the backup was made.`,
) {}

/** Which of a service's commands it is. */
export type HookName = 'pre' | 'post' | 'restore';

export class HookFailedError extends domainError(
  'conflict',
  (service: string, hook: HookName, exitCode: number | null, said: string) =>
    `服务 ${service} 的备份命令 ${hook} 失败（退出码 ${exitCode ?? '未知'}）${said === '' ? '。' : `：${said}`}`,
  (service, hook, exitCode, said) =>
    `The backup command ${hook} of the service ${service} failed with exit code ${exitCode ?? 'unknown'}${said === '' ? '.' : `: ${said}`}`,
) {}

export class HookTimeoutError extends domainError(
  'conflict',
  (service: string, hook: HookName, seconds: number) =>
    `服务 ${service} 的备份命令 ${hook} 在 ${seconds} 秒内没有结束；可在模板的 x-backup.timeout 中延长。`,
  (service, hook, seconds) =>
    `The backup command ${hook} of the service ${service} did not end within ${seconds} seconds; x-backup.timeout of the template gives it more.`,
) {}

/** Not stopped by us: it has failed, or somebody stopped it. */
export class HookContainerError extends domainError(
  'conflict',
  (container: string, hook: HookName) =>
    `容器 ${container} 没有一直运行，备份命令 ${hook} 无法完成。`,
  (container, hook) =>
    `Container ${container} did not run all the time: the backup command ${hook} could not do its work.`,
) {}
