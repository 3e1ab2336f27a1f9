type Json = Record<string, unknown>;

/** The keywords of JSON Schema that the OpenAPI document uses for requests. */
export interface Schema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly nullable?: boolean;
  readonly example?: unknown;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One call of the OpenAPI document with every reference resolved. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With parameters in braces, as in the document. */
  readonly template: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly contentType: string; readonly schema: Schema } | null;
  readonly streams: boolean;
}

export function operationsOf(document: Json): Operation[] {
  const paths = resolve(document['paths'], document) as Record<string, Record<string, Json>>;
  return Object.entries(paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]): Operation => {
      const requestBody = operation['requestBody'] as
        { content: Record<string, { schema: Schema }> } | undefined;
      const [body] = Object.entries(requestBody?.content ?? {});
      const { content = {} } = (operation['responses'] as Record<string, { content?: Json }>)[
        '200'
      ] ?? { content: {} };
      return {
        id: operation['operationId'] as string,
        method: method.toUpperCase(),
        template,
        parameters: (operation['parameters'] as Parameter[] | undefined) ?? [],
        body: body ? { contentType: body[0], schema: body[1].schema } : null,
        streams: 'text/event-stream' in content,
      };
    }),
  );
}

function resolve(value: unknown, document: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, document));
  if (typeof value !== 'object' || value === null) return value;
  const reference = (value as { $ref?: string }).$ref;
  if (typeof reference === 'string') {
    const parts = reference.slice(2).split('/');
    return resolve(
      parts.reduce<unknown>((node, part) => (node as Json)[part], document),
      document,
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolve(inner, document)]),
  );
}
