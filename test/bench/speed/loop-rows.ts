import { addRecords, batches, idle } from './figures';
import { longestBlock } from './metrics';
import type { Row } from './rows';
import type { World } from './world';

/** Nothing may keep other requests waiting longer than this. */
const MAX_BLOCK_MS = 50;
/** Whose records these rows read and write; the other rows use the first two users. */
const USER = 2;

/** The longest that work on many rows holds up the event loop. */
export function loopRowsOf(world: World, { records }: { readonly records: number }): Row[] {
  const row = (id: string, title: string, work: () => Promise<unknown>): Row => ({
    id,
    title: `longest block of the event loop: ${title}`,
    unit: 'ms',
    baseline: `mark of ${MAX_BLOCK_MS} ms`,
    mark: { atMost: 1 },
    prepare: () => idle(world),
    measure: () => longestBlock(world.product, work),
    measureBaseline: () => Promise.resolve(MAX_BLOCK_MS),
    rounds: 1,
  });
  const count = records.toLocaleString('en');
  return [
    row('block-import', `import of ${count} lines`, () => importLines(world, records)),
    row('block-export', `export of ${count} records`, () => exportAll(world)),
    row('block-train', `training on ${count} records`, () =>
      world.call('POST', '/api/v1/compute/models/train'),
    ),
    row('block-batch', 'ten batches of 1,000 tasks', () => batches(world, 10_000)),
    row('block-history', 'pages of 500 records', async () => {
      const { uid, token } = world.users[USER]!;
      await addRecords(world, USER, 1);
      for (let page = 1; page <= 20; page++)
        await world.call('GET', `/api/v1/history/query/${uid}?limit=500&page=${page}`, undefined, token); // prettier-ignore
    }),
  ];
}

async function importLines(world: World, lines: number): Promise<void> {
  const text = ['pid,ctdna,cpg,hcc'];
  for (let i = 0; i < lines; i++)
    text.push(`${i % 5000},${100 + ((i * 7) % 220)},${i % 6},${Number((i * 31) % 100 < 40)}`);
  const path = `/api/v1/history/import/${world.users[USER]!.uid}`;
  const response = await fetch(world.product.url + path, {
    method: 'POST',
    headers: { token: world.admin.token, 'content-type': 'text/csv' },
    body: text.join('\n'),
  });
  const answer = (await response.json()) as { data?: { accepted?: number } };
  if (answer.data?.accepted !== lines) throw new Error(JSON.stringify(answer).slice(0, 300));
}

async function exportAll(world: World): Promise<void> {
  const { uid, token } = world.users[USER]!;
  const response = await fetch(`${world.product.url}/api/v1/history/export/${uid}`, {
    headers: { token },
  });
  const text = await response.text();
  if (!response.ok || text.length < 1_000) throw new Error(text.slice(0, 300));
}
