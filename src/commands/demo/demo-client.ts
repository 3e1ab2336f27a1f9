import { terminalLanguage } from '../terminal/terminal';
import { sentence } from './say';

/** Something the demo expected did not happen; the message says what. */
export class DemoFailure extends Error {}

export interface Answer {
  readonly status: number;
  /** `code` of the Dscape family, `error` of a failed StackHub call, 20000 of a successful one. */
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
  readonly headers: Headers;
}

/** JSON calls to the server under demonstration. */
export class DemoClient {
  private token: string | null = null;

  constructor(readonly url: string) {}

  useToken(token: string): void {
    this.token = token;
  }

  /** Waits up to 15 s for a server that has just been started. */
  async waitUntilReady(): Promise<void> {
    for (const end = Date.now() + 15_000; ;) {
      const ready = await fetch(`${this.url}/health/ready`, {
        signal: AbortSignal.timeout(5_000),
      }).catch(() => null);
      if (ready?.ok) return;
      if (Date.now() > end) throw new DemoFailure(sentence('no-server', { url: this.url }));
      await pause(500);
    }
  }

  async call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        'accept-language': terminalLanguage,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token ? { token: this.token } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(120_000),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    const code = answer['code'] === '1' ? 20000 : Number(answer['error'] ?? answer['code']);
    return {
      status: response.status,
      code,
      message: String(answer['msg'] ?? answer['message']),
      data: answer['data'],
      headers: response.headers,
    };
  }

  /** As call, but anything other than success ends the demo. */
  async mustCall(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const answer = await this.call(method, path, body);
    if (answer.code !== 20000)
      throw new DemoFailure(`${method} ${path}: ${answer.code} ${answer.message}`);
    return answer;
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The fields of an answer's data, or an end of the demo that names the call. */
export function fieldsOf(answer: Answer, call: string): Record<string, unknown> {
  if (typeof answer.data !== 'object' || answer.data === null)
    throw new DemoFailure(`${call}: no data in the answer`);
  return answer.data as Record<string, unknown>;
}
