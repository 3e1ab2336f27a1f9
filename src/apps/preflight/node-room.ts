import { diskBelow } from '../../server/host-metrics/disk-metrics';
import type { NodeReport } from '../../server/nodes/node-report';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { inGib } from './preflight-check';

/** What is free on a node, bytes; null: not known. */
export interface NodeRoom {
  readonly memoryBytes: number | null;
  /** Of the disk that its engine keeps images and volumes on. */
  readonly diskBytes: number | null;
}

export const UNKNOWN_ROOM: NodeRoom = { memoryBytes: null, diskBytes: null };

/** As the worker on the node tells. */
export function roomIn({ host, engine }: NodeReport): NodeRoom {
  return {
    memoryBytes: host.memory?.availableBytes ?? null,
    diskBytes: engine.info && (diskBelow(engine.info.dataRoot, host.disks)?.availableBytes ?? null),
  };
}

/** What is free on each of these nodes, by id, for people. */
export function roomText(
  nodes: readonly { readonly id: string; readonly name: string }[],
  rooms: ReadonlyMap<string, NodeRoom>,
): Bilingual {
  const texts = nodes.map(({ id, name }) => {
    const { memoryBytes, diskBytes } = rooms.get(id) ?? UNKNOWN_ROOM;
    const memory = memoryBytes === null ? '?' : inGib(memoryBytes);
    const disk = diskBytes === null ? '?' : inGib(diskBytes);
    return memoryBytes === null && diskBytes === null
      ? bilingual(`${name} 未知`, `${name} unknown`)
      : bilingual(
          `${name} 内存 ${memory}、磁盘 ${disk}`,
          `${name} ${memory} memory and ${disk} disk`,
        );
  });
  return bilingual(
    `目前可用：${texts.map(({ zh }) => zh).join('，')}`,
    `free now: ${texts.map(({ en }) => en).join(', ')}`,
  );
}

/** The node whose memory is the best chance: most of it free; where nobody knows, most of it. */
export function roomiest<Node extends { readonly id: string; readonly memoryBytes: number }>(
  nodes: readonly Node[],
  rooms: ReadonlyMap<string, NodeRoom>,
): { readonly totalBytes: number; readonly availableBytes: number } | null {
  const known = nodes.map(({ id, memoryBytes }) => ({
    totalBytes: memoryBytes,
    availableBytes: rooms.get(id)?.memoryBytes ?? memoryBytes,
  }));
  known.sort((one, other) => other.availableBytes - one.availableBytes);
  return known[0] ?? null;
}
