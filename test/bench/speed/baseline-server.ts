import { createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import Bull from 'bull';
import fastify from 'fastify';
import { createPool, type RowDataPacket } from 'mysql2/promise';

/** What the parts allow: the same work on bare Fastify, mysql2, Bull and the engine's socket. */
const server = fastify();
const pool = createPool({
  uri: process.env['DATABASE_URL'] ?? '',
  connectionLimit: 20,
  timezone: 'Z',
  supportBigNumbers: true,
});
const secret = process.env['JWT_SECRET'] ?? '';

server.get('/bare', () => ({ ok: true }));

/** An HS256 check whose result is remembered. */
const verified = new Map<string, number>();
server.get('/hs256', (request, reply) => {
  const token = String(request.headers['token']);
  let end = verified.get(token);
  if (end === undefined) {
    const [head = '', body = '', signature] = token.split('.');
    const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
    if (signature !== expected) return reply.status(401).send({ ok: false });
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { exp: number };
    verified.set(token, (end = claims.exp * 1000));
  }
  if (end <= Date.now()) return reply.status(401).send({ ok: false });
  return { ok: true };
});

server.get<{ Params: { uid: string } }>('/me/:uid', async ({ params }) => {
  const [rows] = await pool.execute<RowDataPacket[]>(
    'SELECT uid, name, role, status, createdAt FROM users WHERE uid = ?',
    [params.uid],
  );
  return { ok: true, data: rows[0] };
});

server.get<{ Params: { id: string } }>('/status/:id', async ({ params }) => {
  const [rows] = await pool.execute<RowDataPacket[]>(
    `SELECT t.id, t.status, t.failure, r.id AS record, r.pid, r.ctdna, r.cpg, r.hcc, r.hccInfer,
       r.probability, r.modelId, r.createdAt
     FROM compute_tasks t LEFT JOIN compute_records r ON r.task = t.id WHERE t.id = ?`,
    [params.id],
  );
  return { ok: true, data: rows[0] };
});

server.get<{ Params: { user: string } }>('/history/:user', async ({ params }) => {
  const [[count]] = await pool.execute<RowDataPacket[]>(
    'SELECT COUNT(*) AS total FROM compute_records WHERE userId = ?',
    [params.user],
  );
  const [ids] = await pool.query<RowDataPacket[]>(
    `SELECT id FROM compute_records WHERE userId = ? ORDER BY createdAt DESC, id DESC LIMIT 20`,
    [params.user],
  );
  const [rows] = await pool.query<RowDataPacket[]>(
    'SELECT * FROM compute_records WHERE id IN (?)',
    [ids.map((row) => row['id'] as number)],
  );
  return { ok: true, total: (count as { total: number }).total, data: rows };
});

server.post<{ Body: { pid: string; ctdna: number; cpg: number } }>('/insert', async ({ body }) => {
  await pool.execute(
    'INSERT INTO bench_tasks (pid, ctdna, cpg, createdAt) VALUES (?, ?, ?, UTC_TIMESTAMP(3))',
    [body.pid, body.ctdna, body.cpg],
  );
  return { ok: true };
});

const agent = new Agent({ keepAlive: true });
server.get('/containers', (_request, reply) => {
  const options = { socketPath: '/var/run/docker.sock', path: '/containers/json?all=1', agent };
  httpRequest(options, (answer) => {
    void reply.header('content-type', 'application/json').send(answer);
  }).end();
  return reply;
});

/** Bull alone: how long `count` jobs take from `add` to done, at so many a second or all at once. */
server.get<{ Querystring: { count: string; perSecond: string } }>('/bull', async ({ query }) => {
  const queue = new Bull<{ at: number }>(`bench-${Date.now()}`, process.env['REDIS_URL'] ?? '', {
    defaultJobOptions: { removeOnComplete: true },
  });
  const count = Number(query.count);
  const perSecond = Number(query.perSecond);
  const times: number[] = [];
  const done = new Promise<void>((resolve) => {
    void queue.process(8, (job) => {
      times.push(performance.timeOrigin + performance.now() - job.data.at);
      if (times.length === count) resolve();
      return Promise.resolve();
    });
  });
  await queue.isReady();
  const begun = performance.now();
  const add = () => queue.add({ at: performance.timeOrigin + performance.now() });
  if (perSecond > 0) {
    for (let i = 0; i < count; i++) {
      const due = begun + (i * 1000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      void add();
    }
  } else for (let i = 0; i < count; i += 500) await Promise.all(Array.from({ length: 500 }, add));
  await done;
  const seconds = (performance.now() - begun) / 1000;
  await queue.obliterate({ force: true });
  await queue.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)];
  return { ok: true, perSecond: count / seconds, p50: at(0.5), p99: at(0.99) };
});

void server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
