import { findFreePort } from '../../src/local-services/free-port';
import { createInstallation, startTestApp } from '../support/test-app';

describe('a database of several hosts', () => {
  it('is used from the start where the first host is away', async () => {
    const installation = await createInstallation();
    const away = await findFreePort(null);
    const url = (installation.environment['DATABASE_URL'] ?? '').replace(
      '@',
      `@127.0.0.1:${away},`,
    );
    const app = await startTestApp({ DATABASE_URL: url }, installation);
    try {
      expect((await app.http.get('/health/ready')).status).toBe(200);
    } finally {
      await app.close();
      await installation.destroy();
    }
  });
});
