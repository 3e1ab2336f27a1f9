import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';

export type DriftKind =
  /** An operation makes no progress. */
  | 'stuck'
  /** The row says installed, the engine has no container of it. */
  | 'app-without-containers'
  /** Some containers of an installed app are gone. */
  | 'container-missing'
  /** A container, network or volume carries our label, and no row counts for it. */
  | 'container-without-app'
  | 'network-without-app'
  | 'volume-without-app'
  /** A config or secret of the Swarm that carries our label, and no row counts for it. */
  | 'config-without-app'
  | 'secret-without-app'
  /** A container publishes another port than is leased. */
  | 'port-differs'
  /** What is on a node of the Swarm is not known, as its server does not answer. */
  | 'node-without-answer';

/**
 * What a repair does. `reinstall`: recreated with the same data. `adopt`: the rows follow the engine.
 * `remove`: the orphan goes, data stays. `finish`: the operation is ended. `keep`: nothing is done.
 */
export type DriftRemedy = 'finish' | 'reinstall' | 'remove' | 'adopt' | 'keep';

export interface DriftFinding {
  readonly kind: DriftKind;
  readonly appName: string;
  readonly installationId: string;
  /** Name on the engine; of a row, its id. */
  readonly subject: string;
  readonly message: Bilingual;
  readonly remedy: DriftRemedy;
}

export interface RepairOutcome extends DriftFinding {
  readonly done: boolean;
  readonly failure: Bilingual | null;
}

const TEXTS: Readonly<Record<DriftKind, (app: string, subject: string) => Bilingual>> = {
  stuck: (app) =>
    bilingual(
      `应用 ${app} 的操作没有进展，修复将终止它`,
      `An operation on app ${app} makes no progress; a repair ends it`,
    ),
  'app-without-containers': (app) =>
    bilingual(
      `应用 ${app} 的容器都已不在引擎上`,
      `No container of app ${app} is left on the engine`,
    ),
  'container-missing': (app, name) =>
    bilingual(
      `应用 ${app} 的容器 ${name} 不在引擎上`,
      `Container ${name} of app ${app} is not on the engine`,
    ),
  'container-without-app': (_app, name) =>
    bilingual(
      `容器 ${name} 不属于任何已安装的应用`,
      `Container ${name} belongs to no installed app`,
    ),
  'network-without-app': (_app, name) =>
    bilingual(`网络 ${name} 不属于任何已安装的应用`, `Network ${name} belongs to no installed app`),
  'config-without-app': (_app, name) =>
    bilingual(
      `Swarm 的 config ${name} 不属于任何已安装的应用`,
      `Config ${name} of the Swarm belongs to no installed app`,
    ),
  'secret-without-app': (_app, name) =>
    bilingual(
      `Swarm 的 secret ${name} 不属于任何已安装的应用`,
      `Secret ${name} of the Swarm belongs to no installed app`,
    ),
  'volume-without-app': (app, name) =>
    bilingual(
      `数据卷 ${name} 是已卸载应用 ${app} 保留的数据；要删除请用 uninstallApp 并设 removeData=true`,
      `Volume ${name} is data kept of the uninstalled app ${app}; uninstallApp with removeData=true removes it`,
    ),
  'port-differs': (app, name) =>
    bilingual(
      `应用 ${app} 的容器 ${name} 实际发布的端口与租约不符`,
      `Container ${name} of app ${app} publishes another port than is leased`,
    ),
  'node-without-answer': (_app, name) =>
    bilingual(
      `节点 ${name} 上的服务没有应答，那里的情况未知`,
      `The server on the node ${name} does not answer: what is there is not known`,
    ),
};

/** Of a node whose server does not answer: what is there remains unknown. */
export function unansweredNode(name: string): DriftFinding {
  return finding('node-without-answer', { appName: '', installationId: '', subject: name }, 'keep');
}

/** @param more added to the general sentence, such as what a repair will do and why */
export function finding(
  kind: DriftKind,
  where: { readonly appName: string; readonly installationId: string; readonly subject: string },
  remedy: DriftRemedy,
  more: Bilingual | null = null,
): DriftFinding {
  const text = TEXTS[kind](where.appName, where.subject);
  const message = more ? bilingual(`${text.zh}：${more.zh}`, `${text.en}: ${more.en}`) : text;
  return { kind, ...where, message, remedy };
}
