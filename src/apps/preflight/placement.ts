import { IpNetwork } from '../../platform/addresses/ip-network';
import type { ClusterNode } from '../../platform/docker/swarm/cluster-nodes';
import { hasLocalData } from '../../platform/docker/swarm/service-spec';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import { roomText, type NodeRoom } from './node-room';
import { failed, goArchitecture, passed, type PreflightCheck } from './preflight-check';

/** One thing that a node must be for a service, and how people are told. */
interface Demand {
  readonly text: Bilingual;
  readonly isMetBy: (node: ClusterNode) => boolean;
}

/**
 * Says for each service on which nodes of the Swarm it can run now and why, or that there is none.
 * @param built services whose image is built, and pulled by no other node
 * @param rooms what is free on the nodes, told as well; by id
 */
export function checkPlacement(
  containers: readonly ContainerPlan[],
  nodes: readonly ClusterNode[],
  built: ReadonlySet<string> = new Set(),
  rooms: ReadonlyMap<string, NodeRoom> = new Map(),
): PreflightCheck {
  const places = containers.map((container) => placeOf(container, nodes, built));
  const lacking = places.filter(({ isPossible }) => !isPossible);
  const texts = (lacking.length > 0 ? lacking : places).map(({ text }) => text);
  if (lacking.length === 0 && rooms.size > 0) texts.push(roomText(fittingIn(places, nodes), rooms));
  const zh = texts.map((text) => text.zh).join('；');
  const en = texts.map((text) => text.en).join('; ');
  return lacking.length > 0 ? failed('placement', zh, en) : passed('placement', zh, en);
}

/** The nodes that can run any of the services now. */
export function nodesFor(
  containers: readonly ContainerPlan[],
  nodes: readonly ClusterNode[],
  built: ReadonlySet<string>,
): ClusterNode[] {
  return fittingIn(containers.map((container) => placeOf(container, nodes, built)), nodes); // prettier-ignore
}

function fittingIn(places: readonly Place[], nodes: readonly ClusterNode[]): ClusterNode[] {
  const fitting = new Set(places.flatMap((place) => place.fitting));
  return nodes.filter((node) => fitting.has(node));
}

interface Place {
  readonly isPossible: boolean;
  readonly text: Bilingual;
  readonly fitting: readonly ClusterNode[];
}

function placeOf(
  container: ContainerPlan,
  nodes: readonly ClusterNode[],
  built: ReadonlySet<string>,
): Place {
  const { service } = container;
  let left = nodes.filter(({ state, availability }) => state === 'ready' && availability === 'active'); // prettier-ignore
  if (left.length === 0) {
    const none = bilingual('没有就绪且启用的节点', 'no node is ready and active');
    return { isPossible: false, text: about(service, none), fitting: [] };
  }
  const reasons: Bilingual[] = [];
  for (const { text, isMetBy } of [...localOf(container, built), ...demandsOf(container, nodes)]) {
    const fitting = left.filter(isMetBy);
    if (fitting.length === 0) {
      const so = reasonsOf(reasons);
      const names = bilingual(`${namesOf(left)}${so.zh}`, `${namesOf(left)}${so.en}`);
      const none = bilingual(
        `${names.zh} 都不能运行它：${text.zh}`,
        `none of ${names.en} can run it: ${text.en}`,
      );
      return { isPossible: false, text: about(service, none), fitting: [] };
    }
    reasons.push(text);
    left = fitting;
  }
  const most = left.length * mostOnOneNode(container);
  if (container.replicas > most) {
    const few = bilingual(
      `${container.replicas} 个副本，但 ${namesOf(left)} 最多运行 ${most} 个`,
      `${container.replicas} replicas, but ${namesOf(left)} can run ${most} at most`,
    );
    return { isPossible: false, text: about(service, few), fitting: left };
  }
  if (reasons.length === 0) reasons.push(bilingual('任一节点', 'any node'));
  const { zh, en } = reasonsOf(reasons);
  const names = namesOf(left);
  const found =
    container.deploy.mode === 'global'
      ? bilingual(
          `${names} 各一个${zh}，以后加入且符合条件的节点也各一个`,
          `one on each of ${names}${en}, and on each node that is added later and fits`,
        )
      : bilingual(`${names}${zh}`, `${names}${en}`);
  return { isPossible: true, text: about(service, found), fitting: left };
}

/** What only the server's own node has. */
function localOf({ service, body, files }: ContainerPlan, built: ReadonlySet<string>): Demand[] {
  const data = hasLocalData(body, files) ? [bilingual('数据所在的节点', 'where its data is')] : [];
  const image = built.has(service) ? [bilingual('构建镜像的节点', 'where its image is built')] : [];
  return [...data, ...image].map((text) => ({ text, isMetBy: ({ isHome }) => isHome }));
}

function demandsOf(
  { body, deploy, platform }: ContainerPlan,
  nodes: readonly ClusterNode[],
): Demand[] {
  const { MemoryReservation: memory = 0 } = body.HostConfig;
  const { reservedCpus } = deploy;
  return [
    ...(platform
      ? [
          {
            text: bilingual(`平台 ${platform}`, `platform ${platform}`),
            isMetBy: ({ os, architecture }: ClusterNode) => {
              const [wantedOs, wanted = ''] = platform.split('/');
              return os === wantedOs && goArchitecture(architecture) === goArchitecture(wanted);
            },
          },
        ]
      : []),
    ...deploy.constraints.map((constraint) => ({
      text: textOf(constraint, nodes),
      isMetBy: (node: ClusterNode) => meets(node, constraint),
    })),
    ...(memory > 0 || reservedCpus
      ? [
          {
            text: bilingual('预留的内存和处理器', 'the memory and cores that it reserves'),
            isMetBy: (node: ClusterNode) =>
              node.memoryBytes >= memory && node.cpus >= (reservedCpus ?? 0),
          },
        ]
      : []),
  ];
}

/** Replicas share the number of a port, which a node has once. */
function mostOnOneNode({ body, deploy: { maxReplicasPerNode } }: ContainerPlan): number {
  const hasPorts = Object.keys((body.HostConfig.PortBindings ?? {}) as object).length > 0;
  return Math.min(hasPorts ? 1 : Number.POSITIVE_INFINITY, maxReplicasPerNode || Number.POSITIVE_INFINITY); // prettier-ignore
}

/** As the Swarm compares: without regard to case; a label that is not there is empty. */
function meets(node: ClusterNode, constraint: string): boolean {
  const [, key = '', operator, value = ''] = /^(\S+?)\s*(==|!=)\s*(.*?)\s*$/.exec(constraint) ?? [];
  return isValue(node, key, value) === (operator === '==');
}

function isValue(node: ClusterNode, key: string, value: string): boolean {
  const label = /^(node|engine)\.labels\.(.*)$/i.exec(key);
  const found = label
    ? (label[1]?.toLowerCase() === 'node' ? node.labels : node.engineLabels)[label[2] ?? '']
    : {
        'node.id': node.id,
        'node.hostname': node.name,
        'node.role': node.role,
        'node.platform.os': node.os,
        'node.platform.arch': node.architecture,
      }[key.toLowerCase()];
  if (key.toLowerCase() === 'node.ip') {
    const address = IpNetwork.parse(node.address ?? '');
    return address !== null && (IpNetwork.parse(value)?.contains(address) ?? false);
  }
  return (found ?? '').toLowerCase() === value.toLowerCase();
}

/** In brackets; nothing for none. */
function reasonsOf(reasons: readonly Bilingual[]): Bilingual {
  if (reasons.length === 0) return bilingual('', '');
  return bilingual(
    `（${reasons.map(({ zh }) => zh).join('，')}）`,
    ` (${reasons.map(({ en }) => en).join(', ')})`,
  );
}

/** Of one node by its id, as for an app that was asked to run there: with its name. */
function textOf(constraint: string, nodes: readonly ClusterNode[]): Bilingual {
  const node = nodes.find(({ id }) => constraint === `node.id==${id}`);
  if (node) return bilingual(`指定的节点 ${node.name}`, `the chosen node ${node.name}`);
  return bilingual(`约束 ${constraint}`, `constraint ${constraint}`);
}

const namesOf = (nodes: readonly ClusterNode[]): string => nodes.map(({ name }) => name).join(', ');

const about = (service: string, { zh, en }: Bilingual): Bilingual =>
  bilingual(`${service}：${zh}`, `${service}: ${en}`);
