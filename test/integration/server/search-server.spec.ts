import { execFileSync } from 'node:child_process';
import { useApp } from '../../support/app-with-admin';
import { pollUntil } from '../../support/poll-until';

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

  it('tells of the node that is named: without a Swarm there is the one of the engine', async () => {
    const http = sut.admin.http.with({ 'accept-language': 'en' });
    const { node } = await pollUntil('the engine to be known', async () => {
      const { data } = (await http.get('/searchServer')).body;
      return data.node ? (data as { node: { id: string; name: string } }) : null;
    });
    for (const ref of [node.id, node.name]) {
      expect((await http.get(`/searchServer?node=${ref}`)).body.data.node).toEqual(node);
      expect((await http.post('/searchServer', { node: ref })).body.data.node).toEqual(node);
      expect((await http.get(`/api/v1/server/risks?node=${ref}`)).status).toBe(200);
    }
    expect((await http.get('/searchServer?node=')).body.data.node).toEqual(node);
    const unknown = await http.get('/searchServer?node=worker-9');
    expect([unknown.status, unknown.body.error]).toEqual([404, 30000]);
    expect(unknown.body.message).toContain('no node worker-9');
    for (const path of ['/api/v1/server/risks', '/api/v1/server/risks/scan']) {
      const method = path.endsWith('scan') ? 'POST' : 'GET';
      const answer = await http.send(method, `${path}?node=worker-9`);
      expect([answer.status, answer.body.code]).toEqual([404, 30000]);
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
