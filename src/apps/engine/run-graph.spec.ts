import { runGraph } from './run-graph';

const graph = (edges: Record<string, string[]>): Map<string, string[]> =>
  new Map(Object.entries(edges));

describe(runGraph.name, () => {
  it('starts a node only after its dependencies are done', async () => {
    const order: string[] = [];
    await runGraph(
      graph({ web: ['db', 'cache'], cache: [], db: ['init'], init: [] }),
      async (node) => {
        order.push(`+${node}`);
        await Promise.resolve();
        order.push(`-${node}`);
      },
    );
    expect(order.indexOf('+db')).toBeGreaterThan(order.indexOf('-init'));
    expect(order.indexOf('+web')).toBeGreaterThan(order.indexOf('-db'));
    expect(order.indexOf('+web')).toBeGreaterThan(order.indexOf('-cache'));
  });

  it('runs independent nodes in parallel', async () => {
    let running = 0;
    let most = 0;
    await runGraph(graph({ a: [], b: [], c: [] }), async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    expect(most).toBe(3);
  });

  it('starts nothing more after a failure and throws it once the rest has ended', async () => {
    const done: string[] = [];
    const run = runGraph(graph({ bad: [], slow: [], after: ['slow'] }), async (node) => {
      if (node === 'bad') throw new Error('bad');
      await new Promise((resolve) => setImmediate(resolve));
      done.push(node);
    });
    await expect(run).rejects.toThrow('bad');
    expect(done).toEqual(['slow']);
  });

  it('refuses a cycle before it runs anything', async () => {
    const ran: string[] = [];
    const run = runGraph(graph({ a: ['b'], b: ['a'], c: [] }), async (node) => void ran.push(node));
    await expect(run).rejects.toThrow('a → b → a');
    expect(ran).toEqual([]);
  });

  it('ignores unknown names', async () => {
    const ran: string[] = [];
    await runGraph(graph({ a: ['gone'] }), async (node) => void ran.push(node));
    expect(ran).toEqual(['a']);
  });
});
