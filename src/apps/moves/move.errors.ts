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

/** Its data is on one node, and nothing takes it to another one. */
export class MoveHasDataError extends domainError(
  'conflict',
  (appName: string, services: readonly string[]) =>
    `应用 ${appName} 在服务器自己的节点上有数据（服务 ${services.join('、')}），不能移到其他节点：请备份并卸载后，从备份恢复到另一台服务器。`,
  (appName, services) =>
    `App ${appName} has data on the server's own node (of ${services.join(', ')}) and cannot go to another one: save it, uninstall it, and restore the backup with another server.`,
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
