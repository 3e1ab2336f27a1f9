import { fork, type ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Environment } from '../../platform/config/load-settings';
import type { Settings } from '../../platform/config/settings';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { printError } from '../terminal/terminal';
import { RestartPause } from './restart-pause';
import { returnUntaken } from './return-untaken';
import type { StartedServer } from './started-server';

/** An orderly end takes a few seconds; requests in flight get twenty. */
const END_MS = 30_000;

/** One of the processes, whichever runs in its place at the moment. */
interface Place {
  readonly name: string;
  readonly start: () => ChildProcess;
  readonly pause: RestartPause;
  child: ChildProcess | null;
  /** Whether one has been ready here. */
  ready: boolean;
}

/**
 * Runs the server as several processes: those that answer HTTP share one port (`node:cluster`: this
 * process accepts connections and hands them out in turn), and one runs installs and computations. One
 * that ends by itself is started again.
 */
export class ProcessGroup {
  private readonly places: Place[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopping: Promise<void> | null = null;

  constructor(settings: Settings, environment: Environment) {
    const exec = require.resolve('./serve');
    cluster.setupPrimary({ exec });
    // Listening only for its own health and metrics, at any port that is free.
    const worker = { ...environment, ROLE: 'worker', API_PROCESSES: '1', HOST: '127.0.0.1', PORT: '0' }; // prettier-ignore
    const api = { ...environment, ROLE: 'api', API_PROCESSES: '1' };
    for (let i = 1; i <= settings.apiProcesses; i++)
      this.add(`API process ${i}`, () => {
        const child = cluster.fork(api).process;
        returnUntaken(child);
        return child;
      });
    if (settings.role === 'all') this.add('worker process', () => fork(exec, [], { env: worker }));
    process.once('exit', () => this.kill());
  }

  /**
   * Resolves with what the last process says of itself once all are ready.
   * @throws OperatorError when one ends before that; it has printed why
   */
  async start(): Promise<StartedServer> {
    const started = await Promise.all(this.places.map((place) => this.firstStart(place)));
    return started[0]!;
  }

  /** The processes that answer end one after the other, so that others answer meanwhile; then the worker. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      for (const timer of this.timers) clearTimeout(timer);
      for (const { child } of this.places) if (child) await end(child);
    })();
    return this.stopping;
  }

  private add(name: string, start: () => ChildProcess): void {
    this.places.push({ name, start, pause: new RestartPause(), child: null, ready: false });
  }

  private async firstStart(place: Place): Promise<StartedServer> {
    const child = this.run(place);
    const ready = once(child, 'message') as Promise<[StartedServer]>;
    const ended = once(child, 'exit').then(() => null);
    const message = await Promise.race([ready, ended]);
    place.ready = message !== null;
    if (message) return message[0];
    throw new OperatorError(
      bilingual(
        `${place.name} 未能启动，原因见上`,
        `${place.name} did not start; the reason is above`,
      ),
    );
  }

  private run(place: Place): ChildProcess {
    const begun = performance.now();
    const child = (place.child = place.start());
    child.once('exit', (code, signal) => {
      place.child = null;
      if (this.stopping || !place.ready) return;
      const ms = place.pause.after(performance.now() - begun);
      const how = signal ?? code;
      printError(
        bilingual(
          `${place.name} 意外退出（${how}），${ms / 1000} 秒后重新启动`,
          `${place.name} ended (${how}) and is started again in ${ms / 1000} s`,
        ),
      );
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        if (!this.stopping) this.run(place);
      }, ms);
      this.timers.add(timer);
    });
    return child;
  }

  private kill(): void {
    for (const { child } of this.places) child?.kill('SIGKILL');
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(killer);
}
