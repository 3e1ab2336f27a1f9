import type { RecordedAnswer } from '../../src/http/openapi/document-success';
import type { HttpClient } from '../support/http-client';
import type { OpenApiValidator } from '../support/openapi-validator';

interface Input {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** CSV instead of JSON. */
  readonly text?: string;
}

/** Sends calls by their operation id and keeps what was sent and answered. */
export class Recorder {
  readonly recorded: Record<string, RecordedAnswer> = {};

  constructor(private readonly document: OpenApiValidator) {}

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of any shape
  as(http: HttpClient): (id: string, input?: Input) => Promise<any> {
    return async (id, { path = {}, query = {}, body, text } = {}) => {
      const call = this.document.calls.find(({ operation }) => operation.operationId === id);
      if (!call) throw new Error(`no operation ${id}`);
      const filled = call.template.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(String(path[name])),
      );
      const pairs = Object.entries(query).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      const search = pairs.length === 0 ? '' : `?${String(new URLSearchParams(pairs))}`;
      const client = text === undefined ? http : http.with({ 'content-type': 'text/csv' });
      const answer = await client.send(call.method, filled + search, text ?? body);
      if (answer.status !== 200)
        throw new Error(`${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
      const request = text ?? body;
      this.recorded[id] = { ...(request === undefined ? {} : { request }), answer: answer.body };
      return answer.body?.data ?? answer.body;
    };
  }
}
