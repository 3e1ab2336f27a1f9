import { request as askPlainly, type IncomingMessage } from 'node:http';
import { request as askOverTls } from 'node:https';
import { text } from 'node:stream/consumers';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';

export interface Exchange {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

/**
 * One request and its answer. `certificate` (PEM) is the server's own: the answer must come from its
 * holder, whatever name it carries, and it may sign itself. `fetch` has no such option.
 *
 * @throws OperatorError for a certificate that is not trusted; Error when there is no answer
 */
export async function exchange(
  url: string,
  { method = 'GET', headers = {}, body, timeoutMs }: Exchange,
  certificate: string | null = null,
): Promise<{ status: number; headers: Headers; body: string }> {
  const trust = certificate
    ? { ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => undefined }
    : {};
  const request = url.startsWith('https:') ? askOverTls : askPlainly;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    request(url, { method, headers, signal, ...trust }, resolve)
      .on('error', (error: NodeJS.ErrnoException) => reject(explained(error, url)))
      .end(body);
  });
  const pairs = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: answer.statusCode ?? 0,
    headers: new Headers(pairs),
    body: await text(answer),
  };
}

function explained(error: NodeJS.ErrnoException, url: string): Error {
  if (!/CERT|SIGNATURE/.test(error.code ?? '')) return error;
  return new OperatorError(
    bilingual(
      `${url} 的证书不受信任（${error.code}）。自签名证书请用 NODE_EXTRA_CA_CERTS=<证书文件> 指明，或设置与服务器相同的 TLS_CERT。`,
      `The certificate of ${url} is not trusted (${error.code}). Name one that signs itself by NODE_EXTRA_CA_CERTS=<its file>, or set the same TLS_CERT as the server.`,
    ),
  );
}
