import { bilingual } from '../../platform/i18n/bilingual';
import { pollUntil } from '../../platform/waiting/poll-until';
import { printLine } from '../terminal/terminal';
import { DemoFailure, fieldsOf, type DemoClient } from './demo-client';

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
const TERMINATED = 4;
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
    const { ctdna, cpg } = sample;
    const probability = record.probability.toFixed(3);
    const inferred = record.hcc_infer ? 'HCC' : 'no HCC';
    printLine(
      bilingual(
        `✔ 提交 ctDNA ${ctdna} bp、CpG ${cpg} 个 → p(HCC) = ${probability}，推断 ${inferred}`,
        `✔ Submitted ctDNA ${ctdna} bp, ${cpg} CpG → p(HCC) = ${probability}, inferred ${inferred}`,
      ),
    );
  }
  const { rows, total } = await history(client);
  printLine(
    bilingual(
      `✔ 历史记录（最近 ${rows.length} 条，共 ${total} 条）：`,
      `✔ History (latest ${rows.length} of ${total}):`,
    ),
  );
  for (const row of rows) {
    printLine(
      `  ${row.time}  #${row.id}  pid ${row.pid}  ${row.ctdna} bp  ${row.cpg} CpG  p = ${row.probability.toFixed(3)}  hcc_infer ${row.hcc_infer}`,
    );
  }
  printLine(bilingual('  仅供研究使用', '  Research use only'));
}

async function untilDone(client: DemoClient, id: string): Promise<void> {
  const probe = async (): Promise<boolean> => {
    const answer = await client.mustCall('GET', `/api/v1/compute/status/${id}`);
    const { status } = fieldsOf(answer, 'compute/status');
    if (status === TERMINATED) throw new DemoFailure(`task ${id} was terminated`);
    return status === DONE;
  };
  await pollUntil(probe, { deadlineMs: DEADLINE_MS, everyMs: 100 }, () => {
    throw new DemoFailure(`task ${id} did not end within ${DEADLINE_MS / 1000} s`);
  });
}

async function history(client: DemoClient): Promise<{ rows: HistoryRow[]; total: string }> {
  const me = fieldsOf(await client.mustCall('GET', '/api/v1/user/me'), 'user/me');
  const answer = await client.mustCall(
    'GET',
    `/api/v1/history/query/${String(me['uid'])}?page=1&limit=5`,
  );
  return { rows: answer.data as HistoryRow[], total: answer.headers.get('x-total-count') ?? '?' };
}
