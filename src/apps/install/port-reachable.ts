import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';

const HTTP_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** The engine's port proxy accepts first and hangs up when nobody listens behind it. */
const STAYS_OPEN_MS = 120;

export interface ReachableTarget {
  readonly scheme: 'http' | 'https' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly path: string;
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

function acceptsTcp({ host, port }: ReachableTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const finish = (open: boolean): void => {
      clearTimeout(timer);
      resolve(open);
      socket.destroy();
    };
    let timer: NodeJS.Timeout | undefined;
    socket.once('connect', () => (timer = setTimeout(() => finish(true), STAYS_OPEN_MS)));
    socket.once('data', () => finish(true));
    socket.once('end', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
