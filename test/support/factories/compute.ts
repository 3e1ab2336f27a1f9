import type { TaskStatusDto } from '../../../src/compute/task.dto';
import { pollUntil } from '../poll-until';
import type { TestApp } from '../test-app';
import { succeeded, type SignedIn } from './users';

export const defaultModel = 'hcc-fragment-nb@1.0.0';

/** Submits one computation and answers its id. */
export async function submit(
  user: SignedIn,
  sample: { pid?: string; ctdna?: number; cpg?: number; hcc?: boolean } = {},
): Promise<string> {
  const body = { pid: '2333', ctdna: 209, cpg: 5, ...sample };
  return succeeded(await user.http.post('/api/v1/compute/add', body)).body.data.id as string;
}

/** Waits for the end of a task and answers its status. */
export function untilEnded(user: SignedIn, id: string): Promise<TaskStatusDto> {
  return pollUntil(`the end of task ${id}`, async () => {
    const { data } = succeeded(await user.http.get(`/api/v1/compute/status/${id}`)).body;
    const task = data as TaskStatusDto;
    return (task.status === 0 || task.status === 4) && task;
  });
}

/** Internal id of a user. */
export async function userIdOf(app: TestApp, user: SignedIn): Promise<number> {
  const [row] = await app.dataSource.query('SELECT id FROM users WHERE uid = ?', [user.uid]);
  return Number(row.id);
}

/** Units of quota that a user has used. */
export async function usedUnits(app: TestApp, user: SignedIn): Promise<number> {
  const [row] = await app.dataSource.query(
    'SELECT COALESCE(SUM(used), 0) AS used FROM compute_quotas WHERE userId = ?',
    [await userIdOf(app, user)],
  );
  return Number(row.used);
}

/** CSV of labelled records that a model can learn from; patients alternate between the classes. */
export function labelledCsv(patients: number, each: number): string {
  let state = 42;
  const random = (): number => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
  const lines = ['pid,ctdna,cpg,hcc,time'];
  for (let pid = 1; pid <= patients; pid++) {
    const hcc = pid % 2 === 0;
    for (let i = 0; i < each; i++) {
      const length = Math.round((hcc ? 150 : 170) + 40 * (random() + random() - 1));
      const sites = Math.max(0, Math.round((hcc ? 3 : 1.5) + 4 * (random() - 0.5)));
      lines.push(
        `${pid},${length},${sites},${hcc},2026-01-${String((pid % 28) + 1).padStart(2, '0')} 08:00:00`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Imports CSV for a user; the answer as it is. */
export function importCsv(admin: SignedIn, uid: string, csv: string, query = '') {
  return admin.http
    .with({ 'content-type': 'text/csv' })
    .send('POST', `/api/v1/history/import/${uid}${query}`, csv);
}
