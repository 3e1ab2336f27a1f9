import fc from 'fast-check';
import { generateDocument } from '../../scripts/openapi/generate-document';
import { addFigures } from '../../scripts/readme/suite-figures';
import { AppLab } from '../support/factories/app-lab';
import { OpenApiValidator } from '../support/openapi-validator';
import { FuzzTarget } from './fuzz-target';
import { operationsOf, type Operation } from './operations';
import { REGRESSIONS } from './regressions';
import { requestTo, ROLES, type FuzzRequest } from './request-arbitrary';
import { RUNS, SEED } from './settings';

jest.setTimeout(300_000 + RUNS * 10_000);

const failed = (request: FuzzRequest, problems: readonly string[]): Error =>
  new Error(`${JSON.stringify(request)}\n${problems.join('\n')}`);

describe('every operation of the OpenAPI document', () => {
  let lab: AppLab;
  let target: FuzzTarget;
  let operations: readonly Operation[];
  const failures: string[] = [];

  beforeAll(async () => {
    const document = JSON.parse(await generateDocument()) as Record<string, unknown>;
    operations = operationsOf(document);
    lab = await AppLab.start();
    target = await FuzzTarget.prepare(lab, new OpenApiValidator(document));
    process.stderr.write(`fuzz: seed ${SEED}, ${RUNS} requests per operation\n`);
  });
  afterAll(async () => {
    const { requests, answersChecked } = target;
    process.stderr.write(
      `fuzz: ${requests} requests to ${operations.length} operations, ${answersChecked} answers checked\n`,
    );
    addFigures('fuzz', (before) => ({
      runs: before.runs + 1,
      seeds: [...before.seeds, SEED],
      operations: operations.length,
      roles: ROLES.length,
      requests: before.requests + requests,
      answersChecked: before.answersChecked + answersChecked,
      failures: before.failures + failures.length,
    }));
    await lab.close();
  });

  it('still answers former failures as documented', async () => {
    for (const [id, requests] of Object.entries(REGRESSIONS)) {
      const operation = operations.find((candidate) => candidate.id === id);
      if (!operation) throw new Error(`no operation ${id}`);
      for (const request of requests)
        expect([request, await target.problemsOf(operation, request)]).toEqual([request, []]);
    }
  });

  it('answers valid, nearly valid and wild requests of every role as documented', async () => {
    for (const operation of operations) {
      const property = fc.asyncProperty(requestTo(operation, target.known), async (request) => {
        const problems = await target.problemsOf(operation, request);
        if (problems.length > 0) throw failed(request, problems);
      });
      const result = await fc.check(property, { seed: SEED, numRuns: RUNS });
      if (result.failed)
        failures.push(
          `${operation.id} (path ${result.counterexamplePath}): ${String(result.errorInstance)}`,
        );
    }
    expect(failures).toEqual([]);
  });

  // Jest itself fails a file with an unhandled rejection.
  it('leaves a server that still works', async () => {
    expect((await lab.server.http.get('/health/ready')).status).toBe(200);
    expect((await lab.admin.http.get('/api/v1/user/me')).status).toBe(200);
  });
});
