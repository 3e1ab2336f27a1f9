import { domainError } from '../../platform/errors/domain-error';
import type { Bilingual } from '../../platform/i18n/bilingual';

/** There is one node: nothing that an app could move to. */
export class MoveTakesSwarmError extends domainError(
  'conflict',
  '只有一个引擎时应用无处可移：移动应用需要 ORCHESTRATOR=swarm。',
  'With a single engine there is no other node that an app could move to: that takes ORCHESTRATOR=swarm.',
) {}

export class AlreadyOnNodeError extends domainError(
  'conflict',
  (appName: string, node: string) => `应用 ${appName} 已经在节点 ${node} 上。`,
  (appName, node) => `App ${appName} belongs to the node ${node} already.`,
) {}

/** The node cannot run it now; every reason is named. */
export class NoPlaceThereError extends domainError(
  'conflict',
  (
    appName: string,
    node: string,
    checks: readonly { readonly code: string; readonly message: Bilingual }[],
  ) => `应用 ${appName} 不能移到节点 ${node}：${checks.map((c) => c.message.zh).join('；')}`,
  (appName, node, checks) =>
    `App ${appName} cannot move to the node ${node}: ${checks.map((c) => c.message.en).join('; ')}`,
  (_appName, _node, checks) => ({
    details: checks.map(({ code, message }) => ({ field: code, message })),
  }),
) {}

/** Its processes have not gone on with the move for a minute. */
export class HomeLostError extends domainError(
  'unavailable',
  (node: string) => `节点 ${node} 上的服务器没有继续移动。`,
  (node) => `The server on the node ${node} did not go on with the move.`,
) {}

/** Data go to nodes on which a full server runs. */
export class NoHomeThereError extends domainError(
  'conflict',
  (appName: string, node: string) =>
    `应用 ${appName} 有数据，而节点 ${node} 上没有本系统的服务器：有数据的应用只能移到运行服务器的管理节点。`,
  (appName, node) =>
    `App ${appName} has data, and no server of this installation runs on the node ${node}: an app with data moves to managers that one runs on.`,
) {}

/** A folder is of one node. */
export class MoveRepositoryError extends domainError(
  'conflict',
  (name: string) =>
    name === ''
      ? '移动有数据的应用需要所有节点都能访问的备份仓库（SFTP、S3 或 REST），见 BACKUP_REPOSITORIES。'
      : `备份仓库 ${name} 是一个节点上的目录，另一个节点不能读取：请使用 SFTP、S3 或 REST 仓库。`,
  (name) =>
    name === ''
      ? 'To move an app with data takes a backup repository that all nodes reach (SFTP, S3 or REST): see BACKUP_REPOSITORIES.'
      : `The backup repository ${name} is a folder of one node, which the other one cannot read: use one of SFTP, S3 or REST.`,
) {}
