import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BusinessCode } from '../../platform/errors/business-code';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';

const TOO_LONG = bilingual('请求头或网址过长', 'the address or the headers are too long');
const BROKEN = bilingual('无法读取请求', 'the request cannot be read');
export const UNKNOWN_EXPECTATION = bilingual(
  '不支持该 Expect 请求头，仅支持 100-continue',
  'this `Expect` header is not supported, only `100-continue` is',
);

/** Answers in the usual envelope where there is no request: HTTP that cannot be parsed, headers above 16 kB. */
export function answerBrokenConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { requestId, body } = failure(error.code === 'HPE_HEADER_OVERFLOW' ? TOO_LONG : BROKEN);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nx-request-id: ${requestId}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Answers 417 to an unknown `Expect`, which Node refuses before it becomes a request. */
export function refuseExpectation(_message: IncomingMessage, response: ServerResponse): void {
  const { requestId, body } = failure(UNKNOWN_EXPECTATION);
  response.writeHead(417, {
    'x-request-id': requestId,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}

/** Nothing is known of the request, its language and family neither. */
export function answerOf(text: Bilingual, requestId: string): object {
  const msg = `${text.zh} / ${text.en}`;
  return { code: BusinessCode.InvalidParameter, msg, data: null, requestId };
}

function failure(text: Bilingual): { requestId: string; body: string } {
  const requestId = randomUUID();
  return { requestId, body: JSON.stringify(answerOf(text, requestId)) };
}
