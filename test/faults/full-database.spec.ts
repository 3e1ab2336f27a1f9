import { startMariadb } from '../../src/local-services/mariadb';
import { migrate } from '../../src/schema/migrate';
import { signUpAdmin } from '../support/factories/users';
import { SmallDisk } from '../support/small-disk';
import { createInstallation, startTestApp } from '../support/test-app';

/** Left free when the server has started; a table grows by 4 MiB at a time. */
const SPARE_BYTES = 3 * 1024 * 1024;
const MAX_BATCHES = 200;

describe('a database whose disk is full', () => {
  it('is reported with 503, and reading goes on', async () => {
    const disk = await SmallDisk.mount(400);
    const database = await startMariadb({ dataDir: disk.folder, forTests: true });
    await migrate(database.url);
    const installation = await createInstallation({ DATABASE_URL: database.url, ROLE: 'api' });
    const app = await startTestApp({}, installation);
    try {
      const admin = await signUpAdmin(app);
      await disk.fill(SPARE_BYTES);
      const items = Array.from({ length: 1000 }, () => ({ pid: '1', ctdna: 200, cpg: 3 }));
      let answer = await admin.http.post('/api/v1/compute/addBatch', { items });
      for (let batch = 1; answer.status === 200 && batch < MAX_BATCHES; batch += 1)
        answer = await admin.http.post('/api/v1/compute/addBatch', { items });
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({ code: 50000, data: null });
      expect(answer.body.msg).toContain('磁盘已满');
      expect((await admin.http.get('/api/v1/user/me')).status).toBe(200);
      await disk.empty();
      expect((await admin.http.post('/api/v1/compute/addBatch', { items })).status).toBe(200);
    } finally {
      await app.close();
      await installation.destroy().catch(() => undefined);
      await database.stop();
      await disk.unmount();
    }
  });
});
