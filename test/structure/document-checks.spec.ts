import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differences } from '../../scripts/openapi/differences';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { DocumentExamples } from '../support/document-examples';
import { OpenApiValidator } from '../support/openapi-validator';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any part of the document is broken here
type Document = any;

/** Each check of the document notices when its subject is broken on purpose. */
describe('checks of the OpenAPI document', () => {
  const text = readFileSync(join(PROJECT_ROOT, 'openapi.json'), 'utf8');
  const broken = (change: (document: Document) => void): Document => {
    const document: Document = JSON.parse(text);
    change(document);
    return document;
  };
  const add = '/api/v1/compute/add';

  it('lint: a missing description, an undefined tag and an example that does not fit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stackscape-lint-'));
    const file = join(folder, 'openapi.json');
    const document = broken((d) => {
      delete d.info.description;
      d.paths[add].post.tags = ['Nonsense'];
      d.components.examples.QuotaExceeded.value.code = 'many';
    });
    writeFileSync(file, JSON.stringify(document));
    try {
      const output = await lint(file);
      for (const rule of [
        'info-description',
        'operation-tag-defined',
        'no-invalid-media-type-examples',
      ])
        // prettier-ignore
        expect(output).toContain(rule);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('drift: a call that is gone, a changed type', () => {
    const gone = broken((d) => delete d.paths[add]);
    expect(differences(gone, JSON.parse(text))[0]).toContain(add.replaceAll('/', '/'));
    const other = broken((d) => (d.components.schemas.TaskIdDto.properties.id.type = 'integer'));
    expect(differences(JSON.parse(text), other)).toHaveLength(1);
  });

  it.each<[string, (d: Document) => void, RegExp]>([
    [
      'a success that does not fit',
      (d) => (d.paths[add].post.responses['200'].content['application/json'].example.data = {}),
      /addTask 200: .*required/,
    ],
    [
      'a success that is missing',
      (d) => delete d.paths[add].post.responses['200'].content['application/json'].example,
      /addTask: no success/,
    ],
    [
      'a failure without an example',
      (d) => delete d.paths[add].post.responses['429'].content['application/json'].examples,
      /addTask 429: no example/,
    ],
    [
      'a code that there is not',
      (d) => (d.components.examples.QuotaExceeded.value.code = 12345),
      /addTask 429: unknown code 12345/,
    ],
    [
      'a body that is missing',
      (d) => delete d.paths[add].post.requestBody.content['application/json'].example,
      /addTask: no body/,
    ],
    [
      'a header that is missing',
      (d) => delete d.paths[add].post.responses['200'].headers,
      /addTask 200: no x-request-id/,
    ],
  ])('examples: %s', (_, change, problem) => {
    const sut = new DocumentExamples(broken(change));
    const call = sut.calls.filter(({ id }) => id === 'addTask');
    expect(sut.problems(call).join('\n')).toMatch(problem);
  });

  it('answers: a field too many, a status and a code that are not documented', () => {
    const sut = new OpenApiValidator(JSON.parse(text));
    const answer = (status: number, body: unknown) =>
      sut.problemsOf('POST', add, { status, body, headers: new Headers() });
    const data = { id: '0'.repeat(32) };
    const success = { code: 20000, msg: 'success', data };
    const failure = { code: 40305, msg: 'x', data: null, requestId: 'x' };
    expect(answer(200, success)).toEqual([]);
    expect(answer(200, { ...success, data: { ...data, more: 1 } })).toHaveLength(1);
    expect(answer(418, failure)).toHaveLength(1);
    expect(answer(429, failure)).toEqual([]);
    expect(answer(429, { ...failure, code: 60101 })).toHaveLength(1);
  });
});

/** What the check writes when it fails. */
function lint(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = join(PROJECT_ROOT, 'scripts', 'lint-openapi.mjs');
    execFile(process.execPath, [script, file], { maxBuffer: 1 << 26 }, (error, _, stderr) =>
      error ? resolve(stderr) : reject(new Error('no problem was found')),
    );
  });
}
