import type { OpenAPIObject } from '@nestjs/swagger';
import { DatabaseUnavailableError } from '../../platform/database/database-errors';
import type { DomainError } from '../../platform/errors/domain-error';
import { ACCESS_EXTENSION, type AccessRule } from '../access/access-rule';
import { CHANGES_EXTENSION } from '../access/changes-by-get';
import { answerOf, UNKNOWN_EXPECTATION } from '../connections/broken-connection';
import { failureBody } from '../envelope/failure-body';
import { statusOfKind } from '../errors/http-status';
import {
  InvalidParameterError,
  PrefetchRefusedError,
  UnexpectedError,
} from '../errors/request.errors';
import { UNKNOWN_FIELD } from '../input/strict-validation.pipe';
import { familyOf, isOperational } from '../request/request-context';
import {
  ErrorResponse,
  FAILURES_EXTENSION,
  MORE_FAILURES_EXTENSION,
  StackHubErrorResponse,
} from './envelopes';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
/** What an example needs of an error. */
export type FailureExample = Pick<
  DomainError,
  'name' | 'kind' | 'code' | 'text' | 'details' | 'retryAfterSeconds'
>;

/** Failures that come from above this layer and may happen to any call. */
export interface CommonFailures {
  readonly byRule: Readonly<Record<AccessRule, readonly DomainError[]>>;
  /** Of streams, whose token may be a ticket. */
  readonly ofStreams: readonly DomainError[];
  readonly throttled: DomainError;
}

/** The request id of every example. */
export const EXAMPLE_REQUEST_ID = '4a1c1a3e-6f55-4c0a-9d5b-6f3e0c7d8b11';
const UNKNOWN_PARAMETER = new InvalidParameterError([{ field: 'unknown', message: UNKNOWN_FIELD }]);

/** Documents every failure of a call by its code and the answer that its error makes. */
export function documentFailures(
  document: OpenAPIObject,
  path: string,
  operation: Operation,
  common: CommonFailures,
): void {
  const extended = operation as unknown as Record<string, unknown>;
  const own = [FAILURES_EXTENSION, MORE_FAILURES_EXTENSION].flatMap(
    (name) => (extended[name] ?? []) as FailureExample[],
  );
  delete extended[FAILURES_EXTENSION];
  delete extended[MORE_FAILURES_EXTENSION];
  const rule = extended[ACCESS_EXTENSION] as AccessRule | undefined;
  const failures = [
    ...common.byRule[rule ?? 'public'],
    ...(extended['x-events'] ? common.ofStreams : []),
    ...own,
    ...(extended[CHANGES_EXTENSION] ? [new PrefetchRefusedError()] : []),
    common.throttled,
    ...(isOperational(path)
      ? []
      : [UNKNOWN_PARAMETER, new UnexpectedError(null), new DatabaseUnavailableError()]),
  ];
  const model = familyOf(path) === 'stackhub' ? StackHubErrorResponse : ErrorResponse;
  for (const [status, some] of byStatus(failures)) {
    const examples = Object.fromEntries(
      some.map((failure) => [nameOf(failure), exampleOf(document, path, failure)]),
    );
    operation.responses[status] = {
      description: some.map(({ code, text }) => `\`${code}\` ${text.en}`).join('<br>'),
      content: { 'application/json': { schema: refTo(model.name), examples } },
    };
  }
  if (!isOperational(path)) operation.responses['417'] = unknownExpectation();
}

/** One failure of each name, by HTTP status. */
function byStatus(failures: readonly FailureExample[]): Map<string, FailureExample[]> {
  const groups = new Map<string, FailureExample[]>();
  for (const failure of failures) {
    const status = String(statusOfKind[failure.kind]);
    const group = groups.get(status) ?? [];
    if (!group.some(({ name }) => name === failure.name)) group.push(failure);
    groups.set(status, group);
  }
  return groups;
}

function nameOf({ name }: FailureExample): string {
  return name.replace(/Error$/, '');
}

/** A reference to the example, which calls of one family share. */
function exampleOf(
  document: OpenAPIObject,
  path: string,
  failure: FailureExample,
): { $ref: string } {
  const examples = ((document.components ??= {}).examples ??= {});
  const value = failureBody(failure, path, EXAMPLE_REQUEST_ID, 'zh');
  const base = `${familyOf(path) === 'stackhub' ? 'StackHub' : ''}${nameOf(failure)}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}${number}`;
    const known = examples[name] as { value?: unknown } | undefined;
    if (known && JSON.stringify(known.value) !== JSON.stringify(value)) continue;
    examples[name] = { summary: failure.text.en, value };
    return { $ref: `#/components/examples/${name}` };
  }
}

/** Sent before anything is known of the request: always in the Dscape envelope, in both languages. */
function unknownExpectation(): Operation['responses'][string] {
  const value = answerOf(UNKNOWN_EXPECTATION, EXAMPLE_REQUEST_ID);
  return {
    description: '`30001` unknown `Expect` header',
    content: {
      'application/json': {
        schema: refTo(ErrorResponse.name),
        examples: { UnknownExpectation: { value } },
      },
    },
  };
}

function refTo(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
