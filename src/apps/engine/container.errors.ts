import type { PlacementProblem } from '../../platform/docker/engine-types';
import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError } from '../../platform/errors/domain-error';
import { type Bilingual } from '../../platform/i18n/bilingual';

/** A container of the name that the app would get exists, and we did not make it. */
export class ContainerExistsError extends domainError(
  'conflict',
  (appName: string, container: string) =>
    `已经存在应用 ${appName} 的容器 ${container}（并非由本系统创建），请先手动改名或删除该容器。`,
  (appName, container) =>
    `A container ${container} of app ${appName} exists already and was not made by this server; rename or remove it first.`,
  { code: BusinessCode.AlreadyExists },
) {}

/** The name is in use by a container of another app that is installed. */
export class ContainerOfOtherAppError extends domainError(
  'conflict',
  (container: string, otherApp: string) =>
    `容器名 ${container} 已被应用 ${otherApp} 使用，请先卸载该应用。`,
  (container, otherApp) =>
    `The container name ${container} is used by app ${otherApp}; uninstall that first.`,
  { code: BusinessCode.AlreadyExists },
) {}

/** Our own container, by its label, of an installation that the database does not know any more. */
export class OrphanContainerError extends domainError(
  'conflict',
  (appName: string, container: string) =>
    `容器 ${container} 是本系统以前安装应用 ${appName} 时留下的，其安装记录已丢失：请用 GET /api/v1/apps/drift 查看，再用 POST /api/v1/apps/drift/repair 接管或清除它。`,
  (appName, container) =>
    `Container ${container} is left from an earlier installation of app ${appName} whose record is lost: see GET /api/v1/apps/drift, and adopt or remove it with POST /api/v1/apps/drift/repair.`,
  { code: BusinessCode.AlreadyExists },
) {}

/** A network or volume of that name exists and does not belong to the app. */
export class ResourceNotOursError extends domainError(
  'conflict',
  (kind: 'network' | 'volume', name: string) =>
    `引擎上已有同名的${kind === 'network' ? '网络' : '数据卷'} ${name}，且不属于本应用：请先改名或删除它。`,
  (kind, name) =>
    `A ${kind} called ${name} exists on the engine and does not belong to this app: rename or remove it first.`,
  { code: BusinessCode.AlreadyExists },
) {}

export type ContainerFailure =
  | 'exited'
  | 'out-of-memory'
  | 'unhealthy'
  | 'restart-loop'
  | 'not-listening'
  | 'removed'
  | PlacementProblem['code'];

/** A container did not come up; the last lines of its log come with it. */
export class ContainerFailedError extends DomainError {
  constructor(
    readonly failure: ContainerFailure,
    readonly container: string,
    message: Bilingual,
    readonly logs: readonly string[],
  ) {
    super('internal', message);
  }
}

/** A container of an installed app is gone, and what it was made from is not known any more. */
export class ContainerMissingError extends domainError(
  'conflict',
  (container: string) => `容器 ${container} 已被删除，且其模板已改变。`,
  (container) => `Container ${container} was removed, and its template has changed since.`,
) {}
