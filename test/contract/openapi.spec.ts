import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDocument } from '../../scripts/openapi/generate-document';
import { STACKHUB_CALLS } from '../../src/http/request/request-context';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { OpenApiValidator, type DocumentedCall } from '../support/openapi-validator';

describe('the OpenAPI document', () => {
  let text: string;
  let calls: readonly (DocumentedCall & { operation: { summary?: string } })[];

  beforeAll(async () => {
    text = await generateDocument();
    calls = new OpenApiValidator(JSON.parse(text) as Record<string, unknown>).calls;
  });

  it('is the committed openapi.json; `npm run openapi` writes it', () => {
    const file = join(PROJECT_ROOT, 'openapi.json');
    expect(existsSync(file) && readFileSync(file, 'utf8') === text).toBe(true);
  });

  it('is what the committed sources of the client were generated from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stackscape-client-'));
    try {
      execFileSync(process.execPath, [join(PROJECT_ROOT, 'client', 'generate.js'), folder]);
      for (const name of ['schema.ts', 'operations.ts']) {
        const committed = readFileSync(join(PROJECT_ROOT, 'client', 'src', name), 'utf8');
        expect(readFileSync(join(folder, name), 'utf8') === committed).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has a short unique operation id and a bilingual summary for every call', () => {
    const ids = calls.map((call) => call.operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const lacking = calls.filter(
      ({ operation: { summary = '', operationId } }) =>
        !/\p{Script=Han}/u.test(summary) ||
        !/[A-Za-z]{3}/.test(summary) ||
        !/^[a-z][A-Za-z0-9]{1,39}$/.test(operationId),
    );
    expect(
      lacking.map((call) => `${call.operation.operationId}: ${String(call.operation.summary)}`),
    ).toEqual([]);
  });

  it('declares every path parameter', () => {
    const lacking = calls.flatMap(({ template, method, operation }) =>
      [...template.matchAll(/\{(\w+)\}/g)]
        .map((match) => match[1])
        .filter(
          (name) =>
            !operation.parameters?.some(
              (parameter) => parameter.in === 'path' && parameter.name === name,
            ),
        )
        .map((name) => `${method} ${template}: ${String(name)}`),
    );
    expect(lacking).toEqual([]);
  });

  it('documents a success and the failures of every call that needs a token', () => {
    const lacking = calls.filter(({ operation }) => {
      const statuses = Object.keys(operation.responses);
      if (!statuses.some((status) => status.startsWith('2'))) return true;
      return operation.security?.length
        ? !['400', '401', '403', '500', '503'].every((s) => statuses.includes(s))
        : false;
    });
    expect(lacking.map((call) => `${call.method} ${call.template}`)).toEqual([]);
  });

  it('documents every success as 200', () => {
    expect(
      calls.filter((call) => '201' in call.operation.responses).map((call) => call.template),
    ).toEqual([]);
  });

  it('has exactly the documented calls at the root, as GET and POST', () => {
    const roots = calls.filter((call) => /^\/[a-z]+[A-Z]\w*$/.test(call.template));
    expect(new Set(roots.map((call) => `${call.method} ${call.template}`))).toEqual(
      new Set(STACKHUB_CALLS.flatMap((name) => [`GET /${name}`, `POST /${name}`])),
    );
  });

  /** `OpenApiValidator` takes the document by the letter, and throws where it cannot. */
  it.each([
    ['ServerStateDto', 'limits'],
    ['RiskDto', 'acknowledged'],
    ['CatalogueAppDetailsDto', 'tips'],
    ['CatalogueAppDetailsDto', 'login'],
    ['EstimateDto', 'interval'],
    ['ProportionDto', 'interval'],
    ['TaskStatusDto', 'result'],
  ])('lets null pass for %s.%s, whose other values are objects', (schema, field) => {
    const validator = new OpenApiValidator(JSON.parse(text) as Record<string, unknown>);
    expect(validator.accepts(schema, field, null)).toBe(true);
    expect(validator.accepts(schema, field, 'text')).toBe(false);
  });

  it('names what calls answer beside success: 417 everywhere, 404 of an app, 403 of the metrics', () => {
    const statuses = (template: string) =>
      Object.keys(calls.find((call) => call.template === template)?.operation.responses ?? {});
    for (const { template, operation } of calls)
      if (!/^\/(health|metrics)/.test(template)) expect(operation.responses).toHaveProperty('417');
    expect(statuses('/api/v1/apps/{appName}/events')).toContain('404');
    expect(statuses('/metrics')).toContain('403');
  });
});
