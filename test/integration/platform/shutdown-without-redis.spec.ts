import { startAppWithAdmin } from '../../support/app-with-admin';
import { TcpProxy } from '../../support/tcp-proxy';

describe('shutting down', () => {
  it.each(['cut', 'stall'] as const)(
    'ends within seconds while Redis is away (%s)',
    async (fault) => {
      const { proxy, url } = await TcpProxy.beforeUrl(process.env['TEST_REDIS_URL'] ?? '');
      const sut = await startAppWithAdmin({ REDIS_URL: url });
      await proxy[fault]();
      const closed = sut.app.close().then(() => 'closed');
      const late = new Promise((resolve) => setTimeout(() => resolve('hangs'), 20_000).unref());
      expect(await Promise.race([closed, late])).toBe('closed');
      await proxy.restore();
      await sut.close(); // drops the installation
      await proxy.cut();
    },
  );
});
