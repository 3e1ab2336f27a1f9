// Exit status 0 while the server of the same settings answers: the health check of its container.
import { request as askPlainly } from 'node:http';
import { request as askOverTls } from 'node:https';
import { loadSettings } from '../platform/config/load-settings';

const TIMEOUT_MS = 2_500;
const unspecified = new Set(['0.0.0.0', '::']);

const { host, port, tlsCert } = loadSettings();
const call = (tlsCert ? askOverTls : askPlainly)(
  {
    host: unspecified.has(host) ? '127.0.0.1' : host,
    port,
    path: '/health/live',
    timeout: TIMEOUT_MS,
    // The certificate names the public host; here it is only asked whether the process answers.
    rejectUnauthorized: false,
  },
  ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1),
);
call.on('timeout', () => process.exit(1));
call.on('error', () => process.exit(1));
call.end();
