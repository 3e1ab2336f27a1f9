import { sleep } from '../../../src/platform/waiting/sleep';
import { useApp } from '../../support/app-with-admin';
import { pollUntil } from '../../support/poll-until';
import { startTestApp } from '../../support/test-app';

describe('/metrics', () => {
  const sut = useApp();

  it('counts requests by route pattern, never by path', async () => {
    await sut.http.get('/health/live');
    await sut.http.get('/api/v1/history/query/9a6d777c-997d-a7e5-35f4-8471b7582ac0');
    await sut.http.get('/nothing/here');
    const { status, headers, body } = await sut.http.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toContain(
      'stackscape_http_request_seconds_count{method="GET",route="/health/live",status="200"} 1',
    );
    expect(body).toMatch(/route="\/api\/v1\/history\/query\/:uid",status="401"/);
    expect(body).not.toContain('9a6d777c');
    expect(body).not.toContain('/nothing/here');
  });

  it('reports queues, tasks, installs, engine calls and risks', async () => {
    await sut.admin.http.post('/api/v1/server/risks/scan');
    const { body } = await sut.http.get('/metrics');
    for (const line of [
      /stackscape_queue_jobs\{queue="compute",state="waiting"\} \d/,
      /stackscape_queue_oldest_seconds\{queue="compute"\} \d/,
      /stackscape_tasks\{state="queued"\} 0/,
      /stackscape_task_oldest_seconds 0/,
      /stackscape_installs\{state="failed",phase="failed"\} 0/,
      /stackscape_engine_call_seconds_count\{about="engine",outcome="ok"\} [1-9]/,
      /stackscape_installs_stuck 0/,
      /stackscape_engine_up 1/,
      /stackscape_risks\{severity="high"\} \d/,
    ]) {
      expect(body).toMatch(line);
    }
  });

  it('measures event-loop delay from the first scrape on', async () => {
    const lag = async (): Promise<number> => {
      const { body } = await sut.http.get('/metrics');
      return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(body)?.[1] ?? NaN);
    };
    await pollUntil('a delay about as long as the one that was made', async () => {
      await lag();
      await sleep(100);
      const end = performance.now() + 80;
      while (performance.now() < end);
      await sleep(100);
      const seconds = await lag();
      return seconds > 0.08 && seconds < 1;
    });
  });

  it('is available on this machine only without a token', async () => {
    for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
      expect((await sut.http.with({ [name]: '203.0.113.9' }).get('/metrics')).status).toBe(403);
    }
  });

  it('requires the token when one is set', async () => {
    const other = await startTestApp({ METRICS_TOKEN: 'scrape-me' });
    try {
      expect((await other.http.get('/metrics')).status).toBe(403);
      const wrong = other.http.with({ authorization: 'Bearer scrape-m' });
      expect((await wrong.get('/metrics')).status).toBe(403);
      const right = other.http.with({ authorization: 'Bearer scrape-me', via: 'a proxy' });
      expect((await right.get('/metrics')).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});
