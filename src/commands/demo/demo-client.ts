import { TERMINAL_LANGUAGE } from '../terminal/terminal';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { pollUntil } from '../../platform/waiting/poll-until';
import { exchange } from './exchange';

/** An expectation of the demo failed. */
export class DemoFailure extends OperatorError {
  constructor(message: string) {
    super(bilingual(message, message));
  }
}

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

  /** @param certificate the server's own (PEM), which is trusted whatever name it carries */
  constructor(
    readonly url: string,
    private readonly certificate: string | null = null,
  ) {}

  useToken(token: string): void {
    this.token = token;
  }

  /** Waits up to 15 s for a server that has just been started. @throws OperatorError when it does not come, or its certificate is not trusted */
  async waitUntilReady(): Promise<void> {
    const probe = async (): Promise<boolean> => {
      const answer = await exchange(
        `${this.url}/health/ready`,
        { timeoutMs: 5_000 },
        this.certificate,
      ).catch((error: unknown) => {
        if (error instanceof OperatorError) throw error;
        return null;
      });
      return answer?.status === 200;
    };
    await pollUntil(probe, { deadlineMs: 15_000, everyMs: 500 }, () => {
      throw new OperatorError(
        bilingual(
          `${this.url} 没有响应。请先在另一个终端运行 npm start，然后再试。`,
          `No answer from ${this.url}. Run npm start in another terminal first, then try again.`,
        ),
      );
    });
  }

  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await exchange(
      this.url + path,
      {
        method,
        headers: {
          'accept-language': TERMINAL_LANGUAGE,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.token ? { token: this.token } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs: 120_000,
      },
      this.certificate,
    );
    const answer = JSON.parse(response.body) as Record<string, unknown>;
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

/** The successful answer to a GET, or null. */
export async function getOk(url: string): Promise<Response | null> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  return response?.ok ? response : null;
}

/** The fields of an answer's data. @throws DemoFailure that names the call when there is none */
export function fieldsOf(answer: Answer, call: string): Record<string, unknown> {
  if (typeof answer.data !== 'object' || answer.data === null)
    throw new DemoFailure(`${call}: no data in the answer`);
  return answer.data as Record<string, unknown>;
}
