import type { Transport } from './caller.js';
import type { UploadProgress } from './upload.js';

/** The part of XMLHttpRequest that is needed. */
interface Xhr {
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: unknown): void;
  abort(): void;
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
}

/** `fetch` by XMLHttpRequest, for the progress of an upload; null where there is none (Node). */
export function xhrTransport(onProgress: (progress: UploadProgress) => void): Transport | null {
  const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: new () => Xhr };
  if (!XMLHttpRequest) return null;
  return (url, { method = 'GET', headers = {}, body, signal }) =>
    new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      const onAbort = (): void => {
        xhr.abort();
        reject(signal?.reason as Error);
      };
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      xhr.open(method, url);
      new Headers(headers).forEach((value, name) => xhr.setRequestHeader(name, value));
      xhr.upload.onprogress = ({ loaded, total }) => onProgress({ sent: loaded, total });
      xhr.onload = () => {
        settle();
        resolve(new Response(xhr.responseText, { status: xhr.status, headers: headersOf(xhr) }));
      };
      xhr.onerror = () => {
        settle();
        reject(new TypeError('the connection failed'));
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      xhr.send(body);
    });
}

function headersOf(xhr: Xhr): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}
