import { generateDocument } from '../../scripts/openapi/generate-document';
import { useApp } from '../support/app-with-admin';
import { defaultModel, labelledCsv, submit, untilEnded } from '../support/factories/compute';
import { signUpUser, type SignedIn } from '../support/factories/users';
import type { HttpClient } from '../support/http-client';
import { OpenApiValidator } from '../support/openapi-validator';

const nobody = '00000000-0000-4000-8000-000000000000';

describe('answers of the compute routes', () => {
  const app = useApp();
  let user: SignedIn;
  let document: OpenApiValidator;
  beforeAll(async () => {
    document = new OpenApiValidator(
      JSON.parse(await generateDocument()) as Record<string, unknown>,
    );
    user = await signUpUser(app, app.admin);
  });

  it('match the document for every call, success and failure', async () => {
    const problems: string[] = [];
    const called = new Set<string>();
    const call = async (http: HttpClient, method: string, path: string, body?: unknown) => {
      const answer = await http.send(method, `/api/v1/${path}`, body);
      problems.push(...document.problemsOf(method, `/api/v1/${path}`, answer));
      called.add(`${method} ${answer.status < 300 ? 'answered' : 'refused'} ${path.split('/').slice(0, 2).join('/').replace(/\?.*/, '')}`); // prettier-ignore
      return answer.body.data;
    };
    const sample = { pid: '2333', ctdna: '213', cpg: '4', hcc: true };
    await call(user.http, 'POST', 'compute/add', sample);
    await call(user.http, 'POST', 'compute/add', { ...sample, ctdna: 0 });
    await call(app.http, 'POST', 'compute/add', sample);
    await call(user.http, 'POST', 'compute/addBatch', { items: [sample, sample] });
    await call(user.http, 'POST', 'compute/addBatch', { items: [sample, null] });
    const id = await submit(user);
    const { result } = await untilEnded(user, id);
    await call(user.http, 'GET', `compute/status/${id}`);
    await call(user.http, 'GET', `compute/status/${'0'.repeat(32)}`);
    await call(user.http, 'GET', 'compute/status/x');
    await call(user.http, 'POST', `compute/cancel/${id}`);
    const far = await call(user.http, 'POST', 'compute/addBatch', {
      items: Array.from({ length: 500 }, () => sample),
    });
    await call(user.http, 'POST', `compute/cancel/${far.ids[499]}`);
    await call(user.http, 'POST', `compute/cancel/${'0'.repeat(32)}`);

    await call(user.http, 'GET', `compute/batches/${far.batch}`);
    await call(user.http, 'GET', `compute/batches/${'0'.repeat(32)}`);
    await call(user.http, 'GET', 'compute/tasks');
    await call(user.http, 'GET', `compute/tasks?status=0&batch=${far.batch}`);
    await call(user.http, 'GET', 'compute/tasks?status=2');
    await call(user.http, 'GET', `compute/tasks?uid=${app.admin.uid}`);
    await call(user.http, 'GET', 'compute/stats/lengths');
    await call(user.http, 'GET', `history/query/${user.uid}?page=1&limit=2`);
    await call(user.http, 'GET', `history/query/${user.uid}?pid=2333&hcc=true&limit=2`);
    await call(user.http, 'GET', `history/query/${user.uid}?limit=0`);
    await call(user.http, 'GET', `history/query/${app.admin.uid}`);
    await call(app.admin.http, 'GET', `history/query/${nobody}`);
    await call(user.http, 'GET', `history/export/${user.uid}`);
    await call(app.admin.http, 'GET', `history/export/${nobody}`);
    await call(user.http, 'POST', `history/confirm/${result!.id}?hcc=true`);
    await call(user.http, 'POST', `history/confirm/${result!.id}`);
    const csv = app.admin.http.with({ 'content-type': 'text/csv' });
    await call(csv, 'POST', `history/import/${user.uid}`, `${labelledCsv(20, 10)}x,1,1,1,\n`);
    await call(csv, 'POST', `history/import/${user.uid}`, `${labelledCsv(20, 10)}x,1,1,1,\n`);
    await call(csv, 'POST', `history/import/${user.uid}`, 'pid\n1\n');
    await call(csv, 'POST', `history/import/${nobody}`, 'pid\n1\n');
    await call(user.http, 'DELETE', `history/delete/${result!.id}`);
    await call(user.http, 'DELETE', `history/delete/${result!.id}`);
    await call(user.http, 'GET', 'history/delete/x');

    await call(user.http, 'GET', 'compute/models');
    await call(user.http, 'GET', `compute/models/${defaultModel}/surface`);
    await call(user.http, 'GET', 'compute/models/none@1.0.0/surface');
    await call(user.http, 'GET', 'compute/models/x/surface');
    await call(app.http, 'GET', 'compute/models');
    await call(user.http, 'POST', 'compute/models/train');
    const trained = await call(app.admin.http, 'POST', 'compute/models/train');
    await call(app.admin.http, 'POST', `compute/models/${trained.id}/activate`);
    await call(app.admin.http, 'POST', `compute/models/${defaultModel}/activate`);
    await call(app.admin.http, 'POST', 'compute/models/no@1.0.0/activate');
    await call(app.admin.http, 'POST', `compute/models/${trained.id}/rerun?uid=${user.uid}`);
    await call(app.admin.http, 'POST', 'compute/models/x/rerun');
    await call(app.admin.http, 'GET', 'compute/stats');
    await call(user.http, 'GET', `compute/stats?uid=${user.uid}&model=${defaultModel}`);
    await call(user.http, 'GET', 'compute/stats?model=no@1.0.0');

    expect(problems).toEqual([]);
    const once = (outcome: string): string[] =>
      [...called]
        .filter((c) => c.includes(` ${outcome} `))
        .map((c) => c.replace(` ${outcome}`, ''));
    const refusedOnly = ['GET history/delete']; // answers as DELETE does
    expect([...once('answered'), ...refusedOnly].sort()).toEqual(once('refused').sort());
  });
});
