import { execFileSync } from 'node:child_process';
import { useApp } from '../../support/app-with-admin';

describe('searchServer', () => {
  const sut = useApp();

  it('answers GET and POST with the documented fields', async () => {
    const byGet = await sut.admin.http.get('/searchServer');
    const byPost = await sut.admin.http.post('/searchServer');
    for (const answer of [byGet, byPost]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        code: '1',
        message: '服务器状态信息查询成功',
        data: {
          cpu: expect.stringMatching(/^\d{1,3}%$/),
          memory: expect.stringMatching(/^\d{1,3}%$/),
          hdd: expect.stringMatching(/^\d{1,3}%$/),
          risk: expect.stringMatching(/^\d+$/),
          info: expect.any(String),
        },
      });
    }
  });

  it('agrees with df', async () => {
    const { data } = (await sut.admin.http.get('/searchServer')).body;
    const df = execFileSync('df', ['--output=pcent', '/'], { encoding: 'utf8' });
    const expected = Number(/(\d+)%/.exec(df)?.[1]);
    expect(Math.abs(parseInt(data.hdd as string, 10) - expected)).toBeLessThanOrEqual(2);
    expect(data.docker.state).not.toBe('unreachable');
  });
});
