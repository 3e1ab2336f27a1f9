import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { bilingual } from '../../platform/i18n/bilingual';
import { BusinessCode } from '../../platform/errors/business-code';

const TOO_LONG = bilingual('请求头或网址过长', 'the address or the headers are too long');
const BROKEN = bilingual('无法读取请求', 'the request cannot be read');

/** Answers in the usual envelope where there is no request: HTTP that cannot be parsed, headers above 16 kB. */
export function answerBrokenConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const text = error.code === 'HPE_HEADER_OVERFLOW' ? TOO_LONG : BROKEN;
  const requestId = randomUUID();
  const body = JSON.stringify({
    code: BusinessCode.InvalidParameter,
    msg: `${text.zh} / ${text.en}`,
    data: null,
    requestId,
  });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nx-request-id: ${requestId}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
