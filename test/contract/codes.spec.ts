import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDocument } from '../../scripts/openapi/generate-document';
import { statusesOfCode } from '../../scripts/readme/tables';
import { statusOfKind } from '../../src/http/errors/http-status';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { BusinessCode } from '../../src/platform/errors/business-code';
import { DomainError } from '../../src/platform/errors/domain-error';
import { OpenApiValidator } from '../support/openapi-validator';

type Pair = `${number} ${number}`;
type ErrorClass = new (...args: unknown[]) => DomainError;

const inTable = new Set(
  Object.values(BusinessCode).flatMap((code) =>
    statusesOfCode[code].map((status): Pair => `${status} ${code}`),
  ),
);

describe('the code table', () => {
  let documented: readonly { readonly call: string; readonly pair: Pair }[];
  beforeAll(async () => {
    const document = new OpenApiValidator(
      JSON.parse(await generateDocument()) as Record<string, unknown>,
    );
    documented = document.calls.flatMap(({ operation: { operationId, responses } }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .flatMap(([status, response]) =>
          document.codesOf(response).map((code) => ({
            call: operationId,
            pair: `${Number(status)} ${Number(code)}`,
          })),
        ),
    );
  });

  it('has every status and code that a call documents', () => {
    expect(documented.filter(({ pair }) => !inTable.has(pair))).toEqual([]);
  });

  it('has nothing that no call documents, but what is not implemented', () => {
    const found = new Set(documented.map(({ pair }) => pair));
    const unused = [...inTable].filter((pair) => !found.has(pair));
    expect(unused).toEqual(['200 20000', '501 0']);
  });

  it('has the status and code of every error that is thrown', () => {
    const made = errorClasses().map((each) => [each.name, instanceOf(each)] as const);
    expect(made.length).toBeGreaterThan(60);
    const wrong = made.filter(
      ([, { kind, code }]) => !inTable.has(`${statusOfKind[kind]} ${code}`),
    );
    expect(wrong.map(([name, { kind, code }]) => `${name}: ${kind} ${code}`)).toEqual([]);
  });

  it('has no code that no error has', () => {
    const thrown = new Set<number>(errorClasses().map((each) => instanceOf(each).code));
    const unused = Object.values(BusinessCode).filter((code) => !thrown.has(code));
    expect(unused).toEqual([BusinessCode.Success, BusinessCode.NotImplemented]);
  });
});

/** Every class of an expected failure in the sources. */
function errorClasses(): ErrorClass[] {
  const root = join(PROJECT_ROOT, 'src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => join(root, path))
    .filter((path) => /extends (domainError\(|DomainError)/.test(readFileSync(path, 'utf8')))
    .flatMap((path) => Object.values(jest.requireActual<Record<string, unknown>>(path)))
    .filter((value): value is ErrorClass => isErrorClass(value));
}

const isErrorClass = (value: unknown): boolean =>
  typeof value === 'function' && value.prototype instanceof DomainError && value !== DomainError;

/** Arguments that one class or another can make its message of. */
const ARGUMENTS: readonly unknown[] = [
  'queued',
  'port-taken',
  'json',
  'user',
  [],
  { message: { zh: '', en: '' } },
  1,
];

function instanceOf(each: ErrorClass): DomainError {
  for (const argument of ARGUMENTS) {
    try {
      return new each(...Array<unknown>(6).fill(argument));
    } catch {
      // Another argument.
    }
  }
  throw new Error(`no instance of ${each.name}`);
}
