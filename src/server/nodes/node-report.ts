import { createHash } from 'node:crypto';
import type { EngineFailure } from '../../platform/docker/engine.errors';
import type { ContainerEnd, ContainerStats } from '../../platform/docker/engine-types';
import type { EngineSnapshot } from '../engine-sampler';
import type { HostSnapshot } from '../host-metrics/host-snapshot';

/** What only the machine itself knows. */
export interface NodeReport {
  readonly host: HostSnapshot;
  readonly engine: EngineSnapshot;
  /** `Risk`, of which only this matters on the way. */
  readonly risks: readonly { readonly id: string }[];
}

/** What a node can be asked, with what it answers. */
export interface NodeAnswers {
  /** Of the last rounds in the background. */
  readonly report: NodeReport;
  /** After a new look for risks. */
  readonly scan: NodeReport;
  readonly stats: ContainerStats;
  readonly end: ContainerEnd;
}

export type NodeTopic = keyof NodeAnswers;

export interface NodeQuestion {
  readonly topic: NodeTopic;
  /** Id of the container, for `stats` and `end`. */
  readonly container?: string;
}

/** As a worker hands it over. */
export type NodeReply<Topic extends NodeTopic = NodeTopic> =
  | { readonly answer: NodeAnswers[Topic] }
  | { readonly failure: EngineFailure; readonly subject: string };

/** Name of the queue that the worker on a node works off. */
export function queueNameOf(nodeId: string): string {
  return `node-${nodeId}`;
}

/** The same after its way as JSON; its risks are told from those of the same kind on other nodes. */
export function revivedReport(nodeId: string, { host, engine, risks }: NodeReport): NodeReport {
  return {
    host: { ...host, at: new Date(host.at) },
    engine: { ...engine, at: new Date(engine.at) },
    risks: risks.map((risk) => ({ ...risk, id: idOnNode(risk.id, nodeId) })),
  };
}

function idOnNode(id: string, nodeId: string): string {
  return createHash('sha256').update(`${id}\0${nodeId}`).digest('hex').slice(0, 32);
}
