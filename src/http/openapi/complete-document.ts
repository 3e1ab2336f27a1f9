import type { OpenAPIObject } from '@nestjs/swagger';
import { ACCESS_EXTENSION, type AccessRule } from '../access/access-rule';
import { documentFailures, type CommonFailures } from './document-failures';
import { documentSuccess } from './document-success';

export type { CommonFailures } from './document-failures';

const ACCESS_TEXT: Readonly<Record<AccessRule, string>> = {
  public: 'No token needed. / 无需登录。',
  authenticated: 'For everyone who is signed in. / 登录用户可用。',
  admin: 'For administrators. / 仅限管理员。',
  compute:
    'For everyone who is signed in and not banned from computing. / 未被禁止计算的登录用户可用。',
};

const HEADERS = {
  RequestId: {
    description: 'Names this call in the log of the server',
    schema: { type: 'string' },
    example: '4a1c1a3e-6f55-4c0a-9d5b-6f3e0c7d8b11',
  },
  RetryAfter: {
    description: 'Seconds to wait before another try',
    schema: { type: 'integer', minimum: 0 },
    example: 5,
  },
} as const;

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
type AnyResponse = NonNullable<OperationObject['responses'][string]>;
type ReferenceObject = Extract<AnyResponse, { $ref: string }>;
type ResponseObject = Exclude<AnyResponse, ReferenceObject>;

/** Adds what holds for every operation, and what the framework cannot say. */
export function completeDocument(document: OpenAPIObject, failures: CommonFailures): void {
  document.components = { ...document.components, headers: structuredClone(HEADERS) };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (!operation) continue;
      addAccess(operation);
      documentFailures(document, path, operation, failures);
      documentSuccess(operation);
      addHeaders(operation);
    }
  }
  tidySchemas(document);
}

function addAccess(operation: OperationObject): void {
  const rule = (operation as unknown as Record<string, AccessRule | undefined>)[ACCESS_EXTENSION];
  operation.security ??= [];
  if (rule === undefined) return;
  operation.description = [operation.description, ACCESS_TEXT[rule]].filter(Boolean).join('\n\n');
}

function addHeaders(operation: OperationObject): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!isResponse(response)) continue;
    response.headers = {
      ...response.headers,
      'x-request-id': headerRef('RequestId'),
      ...(status === '429' || status === '503' ? { 'retry-after': headerRef('RetryAfter') } : {}),
    };
  }
}

function headerRef(name: keyof typeof HEADERS): ReferenceObject {
  return { $ref: `#/components/headers/${name}` };
}

function isResponse(
  response: ResponseObject | ReferenceObject | undefined,
): response is ResponseObject {
  return response !== undefined && !('$ref' in response);
}

type Json = Record<string, unknown>;

/**
 * An `allOf` of one schema and nothing beside it is that schema. With `nullable` beside it null is still refused, for
 * `allOf` asks the schema too, which is of type object: it becomes a choice between the two. An `enum` lists null
 * where it is accepted.
 */
function tidySchemas(node: unknown): void {
  if (Array.isArray(node)) return node.forEach((child) => tidySchemas(child));
  if (typeof node !== 'object' || node === null) return;
  const schema = node as Json & { allOf?: { $ref?: string }[] };
  const only = schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined;
  if (only !== undefined && Object.keys(schema).length === 1) {
    delete schema.allOf;
    schema['$ref'] = only;
  } else if (only !== undefined && schema['nullable'] === true) {
    delete schema.allOf;
    delete schema['nullable'];
    delete schema['type'];
    schema['oneOf'] = [{ $ref: only }, { type: 'object', nullable: true, enum: [null] }];
  } else if (schema['nullable'] === true && Array.isArray(schema['enum'])) {
    if (!schema['enum'].includes(null)) schema['enum'] = [...(schema['enum'] as unknown[]), null];
  }
  for (const child of Object.values(schema)) tidySchemas(child);
}
