import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Clients are told to use an idle connection for up to this long. */
export const KEEP_ALIVE_MS = 72_000;
/** And so much longer it is kept: the last request that a client sends in time must not meet its end. */
const GRACE_MS = 5_000;

/** Node closes an idle connection at the very time that it announces, so that a request on its way is lost. */
export function keepLongerThanAnnounced(server: Server, graceMs = GRACE_MS): void {
  server.on('timeout', (socket: Socket) => {
    // A request meanwhile sets Node's own time again.
    if (socket.timeout === graceMs) socket.destroy();
    else socket.setTimeout(graceMs);
  });
}
