import fc, { type Arbitrary } from 'fast-check';
import type { Operation, Parameter, Schema } from './operations';

export const ROLES = ['none', 'user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** One request of the fuzzer, as plain data: it can be printed, shrunk and kept as a regression. */
export interface FuzzRequest {
  readonly role: Role;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly contentType: string; readonly text: string } | null;
}

/** Existing values by the name of a parameter or field, e.g. `uid`. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/** Requests to one operation: a third valid, a third with one defect, a third wild. */
export function requestTo(operation: Operation, known: KnownValues): Arbitrary<FuzzRequest> {
  const valid = validRequest(operation, known);
  return fc.oneof(
    valid,
    valid.chain((request) => defectOf(request)),
    wildRequest(operation, known),
  );
}

function validRequest(operation: Operation, known: KnownValues): Arbitrary<FuzzRequest> {
  const valueOf = ({ name, schema }: Parameter) => textOf(schema, name, known);
  const named = (where: Parameter['in']) => operation.parameters.filter((p) => p.in === where);
  const path = fc.record(Object.fromEntries(named('path').map((p) => [p.name, valueOf(p)])));
  const query = fc.record(Object.fromEntries(named('query').map((p) => [p.name, valueOf(p)])), {
    requiredKeys: named('query')
      .filter((p) => p.required)
      .map((p) => p.name),
  });
  const headers = fc.record(
    Object.fromEntries(named('header').map((p) => [p.name.toLowerCase(), valueOf(p)])),
    { requiredKeys: [] },
  );
  const { body } = operation;
  const text = !body
    ? fc.constant(null)
    : body.contentType === 'application/json'
      ? jsonOf(body.schema, '', known).map((value) => ({
          contentType: body.contentType,
          text: JSON.stringify(value),
        }))
      : csv().map((value) => ({ contentType: body.contentType, text: value }));
  return fc
    .tuple(fc.constantFrom(...ROLES), path, query, headers, text)
    .map(([role, inPath, inQuery, inHeaders, inBody]) => ({
      role,
      path: inPath,
      query: Object.entries(inQuery),
      headers: inHeaders as Record<string, string>,
      body: inBody,
    }));
}

/** The request with one defect: a wrong, missing, doubled or unknown parameter, or a broken body. */
function defectOf(request: FuzzRequest): Arbitrary<FuzzRequest> {
  const names = Object.keys(request.path);
  const defects: Arbitrary<FuzzRequest>[] = [
    fc.tuple(fc.string({ minLength: 1 }), oddText()).map(([name, value]) => ({
      ...request,
      query: [...request.query, [name, value] as const],
    })),
    fc.constant({ ...request, query: [...request.query, ...request.query] }),
    fc.constant({ ...request, query: request.query.slice(1) }),
    fc.constant({ ...request, body: null }),
    oddText().map((text) => ({
      ...request,
      query: request.query.map(([name]) => [name, text] as const),
    })),
  ];
  if (names.length > 0) {
    defects.push(
      fc.tuple(fc.constantFrom(...names), oddText()).map(([name, value]) => ({
        ...request,
        path: { ...request.path, [name]: value },
      })),
    );
  }
  if (request.body) defects.push(brokenBody(request, request.body));
  return fc.oneof(...defects);
}

function brokenBody(
  request: FuzzRequest,
  { contentType, text }: { contentType: string; text: string },
): Arbitrary<FuzzRequest> {
  const parsed = contentType === 'application/json' ? (JSON.parse(text) as unknown) : null;
  const changed: Arbitrary<string>[] = [
    fc.nat(text.length).map((length) => text.slice(0, length)),
    fc.constant(`[${text}]`),
  ];
  if (typeof parsed === 'object' && parsed !== null && Object.keys(parsed).length > 0) {
    changed.push(
      fc
        .tuple(fc.constantFrom(...Object.keys(parsed)), oddJson())
        .map(([key, value]) => JSON.stringify({ ...parsed, [key]: value })),
      fc
        .tuple(fc.string(), oddJson())
        .map(([key, value]) => JSON.stringify({ ...parsed, [key]: value })),
    );
  }
  return fc
    .tuple(fc.oneof(...changed), fc.constantFrom(contentType, 'text/plain', 'application/json'))
    .map(([broken, type]) => ({ ...request, body: { contentType: type, text: broken } }));
}

function wildRequest(operation: Operation, known: KnownValues): Arbitrary<FuzzRequest> {
  const names = operation.parameters.filter((p) => p.in === 'path').map((p) => p.name);
  const path = fc.record(
    Object.fromEntries(
      names.map((name) => [name, fc.oneof(oddText(), fc.constantFrom(...(known[name] ?? ['1'])))]),
    ),
  );
  const queryName = fc.oneof(
    fc.string(),
    fc.constantFrom(...operation.parameters.map((p) => p.name), '__proto__', 'constructor'),
  );
  const body = fc.oneof(
    fc.constant(null),
    oddJson().map((value) => ({ contentType: 'application/json', text: JSON.stringify(value) })),
    fc
      .tuple(fc.constantFrom('application/json', 'text/csv', 'text/plain', 'x/y', ''), oddText())
      .map(([contentType, text]) => ({ contentType, text })),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      'accept-language',
      'idempotency-key',
      'last-event-id',
      'x-forwarded-for',
      'x-request-id',
      'range',
      'origin',
      'sec-purpose',
    ),
    fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.constantFrom('prefetch', '-1', '0')),
  );
  return fc.record({
    role: fc.constantFrom(...ROLES),
    path,
    query: fc.array(fc.tuple(queryName, oddText()), { maxLength: 4 }),
    headers,
    body,
  });
}

/** Texts that have broken servers before. */
function oddText(): Arbitrary<string> {
  return fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.integer().map(String),
    fc.double().map(String),
    fc.constantFrom(
      '',
      ' ',
      '0',
      '-1',
      '1e9',
      '0x10',
      'null',
      'undefined',
      'NaN',
      'true',
      '\u0000',
      '../../etc/passwd',
      '%2e%2e',
      "' OR '1'='1",
      '${7*7}',
      '{{7*7}}',
      '9'.repeat(400),
      '😀',
      '\u202eabc',
      '9223372036854775808',
      '2147483648',
    ),
  );
}

function oddJson(): Arbitrary<unknown> {
  return fc.oneof(
    fc.jsonValue(),
    oddText(),
    fc.constantFrom<unknown>(null, [], {}, 0, -1, 1e308, { $ne: '' }, { toString: 1 }, [[[]]]),
  );
}

/** A valid value as it stands in a URL or header. */
function textOf(schema: Schema, name: string, known: KnownValues): Arbitrary<string> {
  return jsonOf(schema, name, known).map(String);
}

/** A valid value of the schema; one of the known ones where the name has any. */
function jsonOf(schema: Schema, name: string, known: KnownValues): Arbitrary<unknown> {
  const values = known[name];
  const fresh = schemaValue(schema, known);
  if (!values?.length) return fresh;
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, fresh);
}

function schemaValue(schema: Schema, known: KnownValues): Arbitrary<unknown> {
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return fc.oneof(...options.map((option) => schemaValue(option, known)));
  if (schema.allOf?.[0]) return schemaValue(schema.allOf[0], known);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? 0, -(2 ** 31)),
        max: Math.min(schema.maximum ?? 2 ** 31 - 1, 2 ** 31 - 1),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true });
    case 'array':
      return fc.array(schemaValue(schema.items ?? {}, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([key, inner]) => [
            key,
            jsonOf(inner, key, known),
          ]),
        ),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    case 'string':
      return schema.pattern
        ? fc.stringMatching(new RegExp(schema.pattern))
        : fc.string({
            minLength: schema.minLength ?? 0,
            maxLength: Math.min(schema.maxLength ?? 40, 200),
          });
    default:
      return fc.jsonValue();
  }
}

function csv(): Arbitrary<string> {
  const cell = fc.oneof(fc.nat(400).map(String), fc.constantFrom('true', 'false', '', '"', 'x'));
  const line = fc.array(cell, { minLength: 1, maxLength: 6 }).map((cells) => cells.join(','));
  const header = fc.constantFrom('pid,ctdna,cpg,hcc', 'pid,ctdna,cpg,hcc,time', 'pid', '');
  return fc
    .tuple(header, fc.array(line, { maxLength: 5 }))
    .map(([first, lines]) => [first, ...lines].join('\n'));
}
