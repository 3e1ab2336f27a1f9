import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';

const HTTP_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** The engine's port proxy accepts first and hangs up when nothing listens behind it. */
const STAYS_OPEN_MS = 120;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ReachableTarget extends Endpoint {
  readonly scheme: 'http' | 'https' | 'tcp';
  readonly path: string;
  /** The same port on the container's own addresses, where this machine has a route to them. */
  readonly behind: readonly Endpoint[];
}

/** Whether the app answers: any HTTP status below 500, or a TCP connection that stays open. Never throws. */
export function isReachable(target: ReachableTarget): Promise<boolean> {
  return target.scheme === 'tcp' ? acceptsTcp(target) : answersHttp(target);
}

function answersHttp({ scheme, host, port, path }: ReachableTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host, port, path: path || '/', timeout: HTTP_TIMEOUT_MS, agent: false };
    const call =
      scheme === 'https'
        ? // The app's own certificate is self-signed at this point; only whether it answers counts.
          httpsRequest({ ...options, rejectUnauthorized: false })
        : httpRequest(options);
    call.once('response', (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
      call.destroy();
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(false));
    call.once('close', () => resolve(false));
    call.end();
  });
}

/** The listener behind the proxy is tried directly as well, which saves the wait for a hang-up. */
function acceptsTcp({ host, port, behind }: ReachableTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const finish = (open: boolean): void => {
      clearTimeout(timer);
      resolve(open);
      socket.destroy();
    };
    let timer: NodeJS.Timeout | undefined;
    socket.once('connect', () => {
      timer = setTimeout(() => finish(true), STAYS_OPEN_MS);
      for (const endpoint of behind) void connects(endpoint).then((open) => open && finish(true));
    });
    socket.once('data', () => finish(true));
    socket.once('end', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}

function connects({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: STAYS_OPEN_MS });
    const finish = (open: boolean): void => {
      resolve(open);
      socket.destroy();
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
