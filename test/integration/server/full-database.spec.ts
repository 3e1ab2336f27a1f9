import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startMariadb } from '../../../src/local-services/mariadb';
import { migrate } from '../../../src/schema/migrate';
import { signUpAdmin } from '../../support/factories/users';
import { createInstallation, startTestApp } from '../../support/test-app';

const run = promisify(execFile);
const DISK = '400m';
/** Left free when the server has started; a table grows by 4 MiB at a time. */
const SPARE_BYTES = 3 * 1024 * 1024;
const MAX_BATCHES = 200;

describe('a database whose disk is full', () => {
  it('is reported with 503, and reading goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'full-database-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=0755`, 'tmpfs', folder]);
    const database = await startMariadb({ dataDir: folder, forTests: true });
    await migrate(database.url);
    const installation = await createInstallation({ DATABASE_URL: database.url, ROLE: 'api' });
    const app = await startTestApp({}, installation);
    try {
      const admin = await signUpAdmin(app);
      const { bavail, bsize } = await statfs(folder);
      const filler = join(folder, 'filler');
      await run('fallocate', ['-l', String(bavail * bsize - SPARE_BYTES), filler]);
      const items = Array.from({ length: 1000 }, () => ({ pid: '1', ctdna: 200, cpg: 3 }));
      let answer = await admin.http.post('/api/v1/compute/addBatch', { items });
      for (let batch = 1; answer.status === 200 && batch < MAX_BATCHES; batch += 1)
        answer = await admin.http.post('/api/v1/compute/addBatch', { items });
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({ code: 50000, data: null });
      expect(answer.body.msg).toContain('磁盘已满');
      expect((await admin.http.get('/api/v1/user/me')).status).toBe(200);
      await rm(filler);
      expect((await admin.http.post('/api/v1/compute/addBatch', { items })).status).toBe(200);
    } finally {
      await app.close();
      await installation.destroy().catch(() => undefined);
      await database.stop();
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
