import { BusinessCode } from '../../src/platform/errors/business-code';
import { OpenApiValidator } from './openapi-validator';

interface Example {
  readonly value: { readonly code: number | string; readonly error?: number } & object;
}
interface Response {
  readonly content?: Readonly<
    Record<
      string,
      {
        schema?: object;
        example?: unknown;
        examples?: Record<string, { $ref?: string } & Partial<Example>>;
      }
    >
  >;
  readonly headers?: object;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly 'x-access': string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { example?: unknown }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface ExampleCall {
  readonly id: string;
  readonly method: string;
  readonly template: string;
  readonly rule: string;
  readonly operation: Operation;
}

/** The examples of an OpenAPI document, and requests made of them. */
export class DocumentExamples {
  readonly calls: readonly ExampleCall[];
  private readonly validator: OpenApiValidator;
  private readonly shared: Readonly<Record<string, Example>>;

  constructor(document: object) {
    this.validator = new OpenApiValidator(document as Record<string, unknown>);
    const { components } = document as { components: { examples?: Record<string, Example> } };
    this.shared = components.examples ?? {};
    this.calls = this.validator.calls.map(({ method, template, operation }) => {
      const known = operation as unknown as Operation;
      return { id: known.operationId, method, template, rule: known['x-access'], operation: known };
    });
  }

  /** What is missing, does not fit its schema, or has a code that its status cannot have. */
  problems(calls = this.calls): string[] {
    return calls.flatMap((call) => [...this.missing(call), ...this.misfits(call)]);
  }

  /** The example of a failure and its status; undefined where the call has none of that name. */
  failureOf(call: ExampleCall, name: string): { status: number; value: object } | undefined {
    for (const [status, { content }] of Object.entries(call.operation.responses)) {
      const example = content?.['application/json']?.examples?.[name];
      if (example) return { status: Number(status), value: this.valueOf(example) };
    }
    return undefined;
  }

  /** The success that the document shows. */
  successOf({ operation }: ExampleCall): unknown {
    return Object.values(operation.responses['200']?.content ?? {})[0]?.example;
  }

  /** A request as the document shows it. */
  requestOf({ template, operation }: ExampleCall): { path: string; body: unknown } {
    const valueOf = ({ example, schema }: Parameter): string =>
      String(example ?? schema?.['example'] ?? schema?.['default'] ?? sampleOf(schema));
    const parameters = operation.parameters ?? [];
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      const parameter = parameters.find((p) => p.in === 'path' && p.name === name);
      return encodeURIComponent(parameter ? valueOf(parameter) : '1');
    });
    const query = parameters
      .filter((parameter) => parameter.in === 'query' && parameter.required)
      .map((parameter): [string, string] => [parameter.name, valueOf(parameter)]);
    const [body] = Object.values(operation.requestBody?.content ?? {});
    return {
      path: query.length === 0 ? path : `${path}?${String(new URLSearchParams(query))}`,
      body: body?.example,
    };
  }

  private missing(call: ExampleCall): string[] {
    const problems: string[] = [];
    if (this.successOf(call) === undefined) problems.push(`${call.id}: no success`);
    const [body] = Object.values(call.operation.requestBody?.content ?? {});
    if (body && body.example === undefined) problems.push(`${call.id}: no body`);
    for (const [status, response] of Object.entries(call.operation.responses)) {
      if (response.headers === undefined || !('x-request-id' in response.headers))
        problems.push(`${call.id} ${status}: no x-request-id`);
      if (Number(status) < 400 || call.template.startsWith('/health/')) continue;
      const { content } = response;
      if (Object.keys(content?.['application/json']?.examples ?? {}).length === 0)
        problems.push(`${call.id} ${status}: no example`);
    }
    return problems;
  }

  private misfits(call: ExampleCall): string[] {
    const { method } = call;
    const path = call.template.replace(/[{}]/g, '');
    const problems: string[] = [];
    const check = (status: number, body: unknown): void => {
      const answer = { status, body, headers: new Headers() };
      problems.push(...this.validator.problemsOf(method, path, answer));
    };
    check(200, this.successOf(call));
    for (const [status, { content }] of Object.entries(call.operation.responses))
      for (const example of Object.values(content?.['application/json']?.examples ?? {})) {
        const value = this.valueOf(example);
        check(Number(status), value);
        const code = value.error ?? value.code;
        if (!Object.values<unknown>(BusinessCode).includes(code))
          problems.push(`${call.id} ${status}: unknown code ${String(code)}`);
      }
    return problems;
  }

  private valueOf(example: { $ref?: string } & Partial<Example>): Example['value'] {
    const shared =
      example.$ref && this.shared[example.$ref.slice(example.$ref.lastIndexOf('/') + 1)];
    const value = shared ? shared.value : example.value;
    if (!value) throw new Error(`no example ${String(example.$ref)}`);
    return value;
  }
}

function sampleOf(schema: Parameter['schema']): unknown {
  if (schema?.['type'] === 'boolean') return true;
  if (Array.isArray(schema?.['enum'])) return schema['enum'][0] as unknown;
  return schema?.['minimum'] ?? 1;
}
