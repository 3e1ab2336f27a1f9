import Ajv, { type ValidateFunction } from 'ajv';
import type { HttpAnswer } from './http-client';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly security?: unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly 'x-events'?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly responses: Record<string, Response>;
}

interface Failure {
  readonly code?: unknown;
  readonly error?: unknown;
}
interface Example {
  readonly $ref?: string;
  readonly value?: Failure;
}
interface Response {
  content?: Record<string, { schema?: Json; examples?: Record<string, Example> }>;
}

export interface DocumentedCall {
  readonly method: string;
  /** As in the document, e.g. `/api/v1/compute/status/{tid}`. */
  readonly template: string;
  readonly operation: Operation;
}

/**
 * Holds answers against the OpenAPI document: the status must be documented and the body must fit
 * its schema, without a single undocumented field.
 */
export class OpenApiValidator {
  private readonly ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  private readonly compiled = new Map<string, ValidateFunction>();
  readonly calls: readonly DocumentedCall[];
  private readonly examples: Readonly<Record<string, Example>>;

  constructor(document: Json) {
    const { examples } = (document['components'] ?? {}) as { examples?: Record<string, Example> };
    this.examples = examples ?? {};
    const converted = convert(document) as Json;
    this.ajv.addSchema(converted, 'api');
    this.calls = Object.entries(
      document['paths'] as Record<string, Record<string, Operation>>,
    ).flatMap(([template, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        template,
        operation,
      })),
    );
  }

  /** The problems of an answer; none when it is as documented. */
  problemsOf(method: string, path: string, answer: HttpAnswer): string[] {
    const call = this.find(method, path);
    if (!call) return [`${method} ${path} is not documented`];
    const response = call.operation.responses[String(answer.status)];
    const name = `${call.operation.operationId} ${answer.status}`;
    if (!response)
      return [`${name} is not documented: ${JSON.stringify(answer.body).slice(0, 300)}`];
    if (!response.content?.['application/json']?.schema) return [];
    const validate = this.validatorOf(call, String(answer.status));
    if (validate(answer.body)) return this.undocumentedCode(response, name, answer);
    return (validate.errors ?? []).map(
      (e) => `${name}: ${e.instancePath} ${e.message ?? ''} ${JSON.stringify(e.params)}`,
    );
  }

  /** A failure has the code of one of the examples of its status. */
  private undocumentedCode(
    response: Response,
    name: string,
    { status, body }: HttpAnswer,
  ): string[] {
    if (status < 400) return [];
    const codes = this.codesOf(response);
    return codes.length === 0 || codes.includes(codeOf(body as Failure))
      ? []
      : [`${name}: no example of ${JSON.stringify(body)}`];
  }

  /** The codes of the documented examples of a failure. */
  codesOf({ content }: Response): unknown[] {
    return Object.values(content?.['application/json']?.examples ?? {}).map(({ $ref, value }) =>
      codeOf(value ?? this.examples[$ref?.slice($ref.lastIndexOf('/') + 1) ?? '']?.value ?? {}),
    );
  }

  /** The problems of the data of an event of a stream; none when it is as documented. */
  problemsOfEvent(path: string, event: string, data: unknown): string[] {
    const reference = this.find('GET', path)?.operation['x-events']?.[event]?.$ref;
    if (reference === undefined) return [`${path} has no event ${event}`];
    const validate = this.compiled.get(reference) ?? this.ajv.compile({ $ref: `api${reference}` });
    this.compiled.set(reference, validate);
    if (validate(data)) return [];
    return (validate.errors ?? []).map(
      (e) => `${path} ${event}: ${e.instancePath} ${e.message ?? ''} ${JSON.stringify(e.params)}`,
    );
  }

  /** Whether a field of a schema may hold this value. */
  accepts(schema: string, field: string, value: unknown): boolean {
    const $ref = `api#/components/schemas/${schema}/properties/${field}`;
    return this.ajv.compile({ $ref })(value);
  }

  private find(method: string, path: string): DocumentedCall | undefined {
    const [bare = ''] = path.split('?');
    const matching = this.calls.filter(
      (call) => call.method === method && templatePattern(call.template).test(bare),
    );
    // A fixed path is closer than one with a parameter (`/history/query/{uid}` and the like).
    return matching.sort((a, b) => a.template.split('{').length - b.template.split('{').length)[0];
  }

  private validatorOf(call: DocumentedCall, status: string): ValidateFunction {
    const pointer = [
      'paths',
      call.template,
      call.method.toLowerCase(),
      'responses',
      status,
      'content',
      'application/json',
      'schema',
    ]
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const known = this.compiled.get(pointer) ?? this.ajv.compile({ $ref: `api#/${pointer}` });
    this.compiled.set(pointer, known);
    return known;
  }
}

/** Of both envelopes. */
function codeOf({ code, error }: Failure): unknown {
  return error ?? code;
}

function templatePattern(template: string): RegExp {
  return new RegExp(
    `^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`,
  );
}

/**
 * OpenAPI 3.0 into JSON Schema: closed objects wherever properties are listed, and `nullable` by the letter: it adds null
 * to the `type` beside it and to nothing else, neither to an `enum` nor to what `allOf` refers to.
 */
function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const schema: Json = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, convert(inner)]),
  );
  if (
    schema['type'] === 'object' &&
    schema['properties'] &&
    schema['additionalProperties'] === undefined
  ) {
    schema['additionalProperties'] = false;
  }
  if (schema['nullable'] !== true) return schema;
  const rest = { ...schema };
  delete rest['nullable'];
  if (typeof rest['type'] !== 'string') throw new Error('nullable without a type beside it');
  return { ...rest, type: [rest['type'], 'null'] };
}
