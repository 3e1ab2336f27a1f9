// One process of a server that runs as several: started, ended and started again by `ProcessGroup`.
import { startServer, type RunningServer } from '../../bootstrap';
import { loadSettings } from '../../platform/config/load-settings';
import { printFailure } from '../terminal/terminal';
import { describeServer } from './started-server';

let server: RunningServer | null = null;
let ending: Promise<void> | null = null;

async function serve(): Promise<void> {
  server = await startServer(loadSettings());
  process.send?.(await describeServer(server));
}

function end(): void {
  ending ??= server?.close() ?? Promise.resolve();
  ending.then(() => process.exit(0)).catch(fail);
}

function fail(error: unknown): void {
  process.exit(printFailure(error));
}

process.on('SIGTERM', end);
process.on('disconnect', end); // the first process is gone
// A Ctrl-C in the terminal reaches every process: the first one decides in which order they end.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
serve().catch(fail);
