import type { HttpAnswer } from '../../support/http-client';
import { pollUntil } from '../../support/poll-until';
import type { SeededRandom } from '../../chaos/storm/random';
import type { SwarmWorld } from './swarm-world';

const PAUSE_MS = 500;
/** Longer than anything that an operation waits for: an app that is not ready, an engine that is away, each some minutes. */
const END_MS = 900_000;
const LANES = 4;
/** Between two operations of a client: a storm lasts longer than its operations take. */
const MAX_REST_MS = 20_000;

type Kind = 'install' | 'uninstall' | 'stop' | 'start' | 'restart' | 'cancel';

/** What an app is once nothing is under way any more. */
export type Rest = 'running' | 'stopped' | 'not installed';

const OUTCOMES: Readonly<Record<Kind, Rest>> = {
  install: 'running',
  uninstall: 'not installed',
  stop: 'stopped',
  start: 'running',
  restart: 'running',
  cancel: 'not installed',
};

/**
 * Clients that install, stop, start, restart, cancel and uninstall until so many operations were accepted and every
 * fault has happened. Each client has apps of its own and waits for the end of each operation.
 */
export class SwarmLoad {
  readonly accepted = new Map<Kind, number>();
  /** Requests without an answer: whether they were accepted is not known; they too must end. */
  lost = 0;
  /** Refusals by status and code. */
  readonly refused = new Map<string, number>();
  /** Causes of installs that failed. */
  readonly failures = new Map<string, number>();
  /** By app, what the last operation accepted asked for; two where one after it was not answered. */
  readonly wanted = new Map<string, Set<Rest>>();
  readonly notEnded: string[] = [];
  /** Answers and causes that nobody can act on. */
  readonly wrong: string[] = [];
  private requests = 0;

  constructor(
    private readonly world: SwarmWorld,
    private readonly random: SeededRandom,
    private readonly operations: number,
  ) {}

  get total(): number {
    return [...this.accepted.values()].reduce((sum, count) => sum + count, 0);
  }

  async run(faults: { readonly haveAllHappened: boolean }): Promise<void> {
    const { apps } = this.world;
    const lanes = Array.from({ length: Math.min(LANES, apps.length) }, (_, lane) =>
      apps.filter((_app, i) => i % LANES === lane),
    );
    await Promise.all(lanes.map((own) => this.work(own, faults)));
  }

  private async work(
    apps: readonly string[],
    faults: { readonly haveAllHappened: boolean },
  ): Promise<void> {
    for (let turn = 0; this.total < this.operations || !faults.haveAllHappened; turn += 1) {
      await this.operate(apps[turn % apps.length]!);
      await pause(this.random.between(0, MAX_REST_MS));
    }
  }

  /** One operation that fits the state of the app. */
  private async operate(app: string): Promise<void> {
    const phase = await this.ended(app);
    if (phase === null) return;
    const isThere = phase === 'failed' && !this.wanted.get(app)?.has('not installed');
    if (!isThere && ['absent', 'failed', 'cancelled'].includes(phase)) return this.install(app);
    const next =
      phase === 'stopped' ? 'start' : this.random.pick(['restart', 'stop', 'uninstall'] as const);
    if (next === 'uninstall')
      await this.send('uninstall', app, '/uninstallApp', { appName: app, removeData: true });
    else await this.send(next, app, `/api/v1/apps/${app}/${next}`, {});
    await this.ended(app);
  }

  private async install(app: string): Promise<void> {
    if (!(await this.send('install', app, '/installApp', { appName: app }))) return;
    if (this.random.next() < 0.15) {
      await pause(this.random.between(0, 5_000));
      await this.send('cancel', app, `/api/v1/apps/${app}/cancel`, {});
    }
    const phase = await this.ended(app);
    // Taken back, which is how an install may end that fails.
    if (phase === 'failed') this.want(app, 'not installed');
    if (phase !== 'failed') return;
    const { cause, info } = (await this.info(app))?.body?.data ?? {};
    this.failures.set(cause, (this.failures.get(cause) ?? 0) + 1);
    if (!cause || cause === 'unexpected') this.wrong.push(`${app} failed for ${cause}: ${info}`);
  }

  /** The phase of the app once nothing is under way; null, and written down, where it does not come to an end. */
  private ended(app: string): Promise<string | null> {
    const probe = async (): Promise<string | null> => {
      const answer = await this.info(app);
      if (answer?.status === 404) return 'absent';
      if (answer?.status !== 200) return null;
      const { phase, progress } = answer.body.data as { phase: string; progress: number };
      if (phase === 'removed') return 'absent';
      const isUnderWay = ['queued', 'preflight', 'pulling', 'creating', 'starting', 'rolling-back', 'uninstalling', 'upgrading'].includes(phase); // prettier-ignore
      return isUnderWay || (phase === 'waiting' && progress < 99) ? null : phase;
    };
    return pollUntil(`the work on ${app} to end`, probe, {
      deadlineMs: END_MS,
      everyMs: PAUSE_MS,
    }).catch((error: unknown) => {
      this.notEnded.push(String(error));
      return null;
    });
  }

  private info(app: string): Promise<HttpAnswer | null> {
    return this.call('/getAppInfo', { appName: app });
  }

  /** Whether it was accepted. */
  private async send(kind: Kind, app: string, path: string, body: object): Promise<boolean> {
    const answer = await this.call(path, body);
    if (!answer || isUnknown(answer)) {
      this.lost += 1;
      this.want(app, OUTCOMES[kind], ...(this.wanted.get(app) ?? ['not installed' as const]));
    } else if (answer.status === 200) {
      this.accepted.set(kind, (this.accepted.get(kind) ?? 0) + 1);
      this.want(app, OUTCOMES[kind]);
    } else {
      const code = `${kind} ${answer.status}/${answer.body?.error ?? answer.body?.code}`;
      this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    }
    return answer?.status === 200;
  }

  private want(app: string, ...rests: readonly Rest[]): void {
    this.wanted.set(app, new Set(rests));
  }

  /** By the API processes in turn; null where there was no answer. */
  private async call(path: string, body: object): Promise<HttpAnswer | null> {
    const { apis, lab } = this.world;
    const api = apis[(this.requests += 1) % apis.length]!;
    const client = lab.admin.http.at(api.url).with({ 'accept-language': 'en' });
    const answer = await client.post(path, body).catch(() => null);
    if (answer && answer.status >= 500 && answer.status !== 503)
      this.wrong.push(`${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
    return answer;
  }
}

/** Whether the server of another node got the request, and was then killed. */
function isUnknown({ status, body }: HttpAnswer): boolean {
  const { msg, message } = body as { msg?: string; message?: string };
  return status === 503 && /look at the state of the app/.test(msg ?? message ?? '');
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
