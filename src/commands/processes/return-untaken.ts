import type { ChildProcess, Serializable } from 'node:child_process';

/** What `node:cluster` sends with a connection (Node 20 to 24). */
interface Handover {
  readonly cmd: 'NODE_CLUSTER';
  readonly act: 'newconn';
  readonly seq: number;
}

/** What a process that has ended had said is read within this time. */
const UNREAD_MS = 100;

/**
 * Connections that a process ends without having taken go to the other processes. `node:cluster` waits for its
 * answer for ever and leaves them open, so that their clients wait too. Call it after `cluster.fork`.
 */
export function returnUntaken(child: ChildProcess): void {
  const untaken = new Set<number>();
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  child.send = (message: Serializable, ...rest: unknown[]) => {
    if (isHandover(message)) untaken.add(message.seq);
    return send(message, ...rest);
  };
  child.on('internalMessage', ({ ack }: { ack?: number }) => {
    if (ack !== undefined) untaken.delete(ack);
  });
  let isOver = false;
  child.once('disconnect', () => {
    isOver = true;
    for (const ack of untaken)
      child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: false });
  });
  // Node does not tell of the end of a channel on which a connection was under way.
  child.once('exit', () => setTimeout(() => isOver || child.emit('disconnect'), UNREAD_MS));
}

function isHandover(message: unknown): message is Handover {
  const { cmd, act } = message as Partial<Handover>;
  return cmd === 'NODE_CLUSTER' && act === 'newconn';
}
