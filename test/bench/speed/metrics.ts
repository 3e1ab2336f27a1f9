import type { OwnServer } from './processes';

async function scrape(server: OwnServer): Promise<string> {
  return (await fetch(`${server.url}/metrics`)).text();
}

/** One of the values that the server reports of itself. */
export async function metric(server: OwnServer, line: string): Promise<number> {
  const text = await scrape(server);
  const found = text.split('\n').find((each) => each.startsWith(`${line} `));
  if (found === undefined) throw new Error(`/metrics has no ${line}`);
  return Number(found.slice(line.length + 1));
}

/** The longest that the server's event loop was held up while `work` ran, in milliseconds. */
export async function longestBlock(
  server: OwnServer,
  work: () => Promise<unknown>,
): Promise<number> {
  const name = 'nodejs_eventloop_lag_max_seconds';
  await scrape(server); // begins a new measurement
  await work();
  // The histogram records whole intervals of its timer, of 10 ms.
  return Math.max(0, (await metric(server, name)) * 1000 - 10);
}
