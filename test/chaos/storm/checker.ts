import { CLEAN } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import { CODE_USES, pause, signInAll } from './load';
import { HEIR, type StormWorld } from './storm-world';

/**
 * Waits until the product has come to rest, at most `deadlineMs` for each part of it, then compares
 * what clients were told with what is there.
 */
export async function check(
  { lab, told, processes, apps }: StormWorld,
  deadlineMs: number,
): Promise<string[]> {
  for (const process of processes) {
    if (!process.isAlive) process.start();
    told.violations.push(...process.unexpectedExits.map((exit) => `ended by itself: ${exit}`));
  }
  const rows = async <T>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
    await lab.server.dataSource.query<T[]>(sql, parameters);
  const count = async (sql: string, parameters: unknown[] = []): Promise<number> =>
    Number((await rows<{ n: string }>(`SELECT COUNT(*) AS n FROM ${sql}`, parameters))[0]?.n);
  const settles = (what: string, probe: () => Promise<boolean>): Promise<unknown> =>
    pollUntil(what, probe, { deadlineMs, everyMs: 250 }).catch((error: unknown) =>
      told.violation(`it does not come to rest: ${(error as Error).message}`),
    );

  // Tasks: each acknowledged one exactly once, with one record; none beyond the lost answers.
  await settles(
    'no open task',
    async () => (await count('compute_tasks WHERE status IN (1, 3)')) === 0,
  );
  for (const [uid, ids] of told.tasks) {
    const stored = await rows<{ id: string; status: number; records: string }>(
      `SELECT t.id, t.status, (SELECT COUNT(*) FROM compute_records r WHERE r.task = t.id) AS records
       FROM compute_tasks t JOIN users u ON u.id = t.userId WHERE u.uid = ?`,
      [uid],
    );
    const byId = new Map(stored.map((row) => [row.id, row]));
    const missing = ids.filter((id) => !byId.has(id));
    if (missing.length > 0) told.violation(`${missing.length} acknowledged tasks are lost`);
    const wrong = stored.filter(
      ({ status, records }) => Number(records) !== (status === 0 ? 1 : 0),
    );
    if (wrong.length > 0) told.violation(`${wrong.length} tasks without exactly one record`);
    const terminated = stored.filter(({ status }) => status === 4).length;
    if (terminated > 0) told.violation(`${terminated} tasks were terminated`);
    const most = ids.length + (told.unknownTasks.get(uid) ?? 0);
    if (stored.length > most)
      told.violation(`${stored.length} tasks, at most ${most} were submitted`);
    const [quota] = await rows<{ used: string }>(
      `SELECT COALESCE(SUM(used), 0) AS used FROM compute_quotas q
       JOIN users u ON u.id = q.userId WHERE u.uid = ?`,
      [uid],
    );
    if (Number(quota?.used) !== stored.length)
      told.violation(`${stored.length} tasks were charged as ${quota?.used}`);
  }

  // Accounts: each acknowledged one, and as many uses of the code as accounts.
  const accounts = await count("users WHERE name LIKE 'storm-%'");
  const [code] = await rows<{ usedCount: number }>(
    'SELECT usedCount FROM invite_codes WHERE maxUses = ?',
    [CODE_USES],
  );
  if (accounts < told.accounts.length || accounts > told.accounts.length + told.unknownAccounts)
    told.violation(
      `${accounts} accounts, ${told.accounts.length} acknowledged, ${told.unknownAccounts} unknown`,
    );
  if (Number(code?.usedCount) !== accounts || accounts > CODE_USES)
    told.violation(`${accounts} accounts used the code ${code?.usedCount} times`);
  await signInAll(lab, told);

  // Apps: every operation ends, what was hurt works again, and an uninstall leaves nothing behind.
  const gone = (appName: string) => async (): Promise<boolean> => {
    const { status } = await lab.uninstall(appName);
    return status === 200 || status === 404;
  };
  for (const appName of [...apps.map(({ name }) => name), HEIR])
    await settles(`${appName} to be uninstalled`, gone(appName));
  for (const { name } of apps) {
    await lab
      .installed(name)
      .catch((error: unknown) => told.violation(`${name} after the storm: ${String(error)}`));
    await settles(`${name} to be uninstalled again`, gone(name));
  }
  await settles('every operation to end', async () => {
    const working = `app_installations WHERE state NOT IN ('installed', 'failed', 'cancelled', 'removed')`;
    return (await count(working)) === 0;
  });
  // A container that hands renamed is the hands' to remove when the product reports it as foreign.
  await lab.admin.http.post('/api/v1/apps/drift/repair').catch(() => undefined);
  await settles('nothing to be left on the engine', async () => {
    const left = await lab.leftovers();
    if (JSON.stringify(left) === JSON.stringify(CLEAN)) return true;
    await pause(500);
    return false;
  });
  const left = await lab.leftovers();
  if (JSON.stringify(left) !== JSON.stringify(CLEAN))
    told.violation(`left behind: ${JSON.stringify(left)}`);
  return told.violations;
}
