import { DemoFailure, fieldsOf, pause, type DemoClient } from './demo-client';
import { say } from './say';

interface HistoryRow {
  readonly id: number;
  readonly pid: number;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc_infer: boolean;
  readonly probability: number;
  readonly time: string;
}

const SAMPLES = [
  { pid: '2333', ctdna: 209, cpg: 5 },
  { pid: '2333', ctdna: 213, cpg: 4 },
];
const DONE = 0;
const DEADLINE_MS = 30_000;

/** Submits two fragments, waits for the inferences and prints the history. */
export async function showCompute(client: DemoClient): Promise<void> {
  for (const sample of SAMPLES) {
    const { id } = fieldsOf(
      await client.mustCall('POST', '/api/v1/compute/add', sample),
      'compute/add',
    );
    await untilDone(client, String(id));
    const record = (await history(client)).rows.find(
      (row) => row.ctdna === sample.ctdna && row.cpg === sample.cpg,
    );
    if (!record) throw new DemoFailure(`the record of task ${String(id)} is not in the history`);
    say('submitted', {
      ...sample,
      probability: record.probability.toFixed(3),
      verdict: record.hcc_infer ? 'HCC' : 'no HCC',
    });
  }
  const { rows, total } = await history(client);
  say('history', { count: rows.length, total });
  for (const row of rows) {
    process.stdout.write(
      `  ${row.time}  #${row.id}  pid ${row.pid}  ${row.ctdna} bp  ${row.cpg} CpG  p = ${row.probability.toFixed(3)}  hcc_infer ${row.hcc_infer}\n`,
    );
  }
  say('research-only');
}

async function untilDone(client: DemoClient, id: string): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; ; await pause(100)) {
    const { status } = fieldsOf(
      await client.mustCall('GET', `/api/v1/compute/status/${id}`),
      'compute/status',
    );
    if (status === DONE) return;
    if (status === 4) throw new DemoFailure(`task ${id} was terminated`);
    if (Date.now() > end)
      throw new DemoFailure(`task ${id} did not end within ${DEADLINE_MS / 1000} s`);
  }
}

async function history(client: DemoClient): Promise<{ rows: HistoryRow[]; total: string }> {
  const me = fieldsOf(await client.mustCall('GET', '/api/v1/user/me'), 'user/me');
  const answer = await client.mustCall(
    'GET',
    `/api/v1/history/query/${String(me['uid'])}?page=1&limit=5`,
  );
  return { rows: answer.data as HistoryRow[], total: answer.headers.get('x-total-count') ?? '?' };
}
