export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or the text where the answer is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read answers of any shape
  readonly body: any;
}

/** A small client for tests: JSON in and out, a token, extra headers. */
export class HttpClient {
  constructor(
    readonly url: string,
    private readonly token?: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** The same client with a token. */
  as(token: string): HttpClient {
    return new HttpClient(this.url, token, this.headers);
  }

  /** The same client of another process. */
  at(url: string): HttpClient {
    return new HttpClient(url, this.token, this.headers);
  }

  /** The same client with further headers. */
  with(headers: Readonly<Record<string, string>>): HttpClient {
    return new HttpClient(this.url, this.token, { ...this.headers, ...headers });
  }

  get(path: string): Promise<HttpAnswer> {
    return this.send('GET', path);
  }

  delete(path: string): Promise<HttpAnswer> {
    return this.send('DELETE', path);
  }

  post(path: string, body?: unknown): Promise<HttpAnswer> {
    return this.send('POST', path, body);
  }

  async send(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token ? { token: this.token } : {}),
        ...this.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(55_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
