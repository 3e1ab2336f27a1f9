import { generateDocument } from '../../scripts/openapi/generate-document';
import { startAppWithAdmin, type AppWithAdmin } from '../support/app-with-admin';
import { signUpUser } from '../support/factories/users';
import type { HttpClient } from '../support/http-client';
import { OpenApiValidator } from '../support/openapi-validator';
import { TemplateFolder } from '../support/template-folder';

describe('answers of the catalog routes', () => {
  let folder: TemplateFolder;
  let app: AppWithAdmin;
  beforeAll(async () => {
    folder = await TemplateFolder.make({
      'apps/grabby/compose.yaml': 'services: { a: { image: "a:1", privileged: true } }',
      'apps/broken/compose.yaml': 'services: [',
      'apps/redmine/compose.yaml': 'services: { a: { image: "a:1" } }',
    });
    app = await startAppWithAdmin({ CATALOG_PATHS: folder.path });
  });
  afterAll(async () => {
    await app.close();
    await folder.remove();
  });

  it('match the document for every call, success and failure', async () => {
    const document = new OpenApiValidator(
      JSON.parse(await generateDocument()) as Record<string, unknown>,
    );
    const { admin } = app;
    const user = await signUpUser(app, admin);
    const problems: string[] = [];
    const call = async (
      http: HttpClient,
      method: string,
      path: string,
      status: number,
      body?: object,
    ) => {
      const answer = await http.send(method, `/api/v1/${path}`, body);
      problems.push(...document.problemsOf(method, `/api/v1/${path}`, answer));
      expect([path, answer.status]).toEqual([path, status]);
    };
    await call(user.http, 'GET', 'apps?limit=500&verdict=all', 200);
    await call(user.http, 'GET', 'apps?search=redmine', 200);
    await call(user.http, 'GET', 'apps?limit=x', 400);
    await call(app.http, 'GET', 'apps', 401);
    for (const name of ['redmine', 'hello', 'mysql', 'grabby', 'broken']) {
      await call(user.http, 'GET', `apps/${name}`, 200);
    }
    await call(user.http, 'GET', 'apps/nowhere', 404);
    await call(admin.http, 'GET', 'catalogue/report', 200);
    await call(user.http, 'GET', 'catalogue/report', 403);
    await call(admin.http, 'POST', 'catalogue/reload', 200);
    await call(app.http, 'POST', 'catalogue/reload', 401);
    const stores = 'catalogue/stores';
    const store = { url: 'https://10.1.2.3/apps.git', ref: 'main', folder: 'apps', name: 'lab' };
    const commit = 'a'.repeat(40);
    await call(user.http, 'GET', stores, 403);
    await call(admin.http, 'GET', stores, 200);
    await call(admin.http, 'POST', stores, 400, { url: 'http://10.1.2.3/apps.git' });
    await call(admin.http, 'POST', stores, 200, store);
    await call(admin.http, 'POST', stores, 409, store);
    await call(admin.http, 'POST', stores, 409, { ...store, ref: 'other' });
    await call(admin.http, 'GET', stores, 200);
    await call(admin.http, 'POST', `${stores}/lab/check`, 200);
    await call(admin.http, 'POST', `${stores}/nowhere/check`, 404);
    await call(admin.http, 'POST', `${stores}/lab/update`, 409, { commit });
    await call(admin.http, 'POST', `${stores}/nowhere/update`, 404, { commit });
    await call(admin.http, 'DELETE', `${stores}/lab`, 200);
    await call(admin.http, 'DELETE', `${stores}/lab`, 404);
    expect(problems).toEqual([]);
  });
});
