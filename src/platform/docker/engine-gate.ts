import type Dockerode from 'dockerode';
import { isEngineFailure } from './engine.errors';

/** What a database belongs to, and which part of it answers. */
export interface EngineIdentity {
  /** Id of the engine, or of the Swarm. */
  readonly id: string;
  /** The manager of the Swarm that answers; null on a single engine. */
  readonly node: { readonly id: string; readonly name: string } | null;
}

/** Says whether an engine may be used. @throws EngineError `engine-foreign` */
export type EngineCheck = (engine: EngineIdentity) => Promise<void>;

/** Calls that change nothing, by which an engine is found and identified. */
const ALWAYS_FREE = /^\/(_ping|version|info)\b/;

interface DialOptions {
  readonly path: string;
  readonly abortSignal?: AbortSignal;
}
type Answer = (error: unknown, data?: unknown) => void;
interface Modem {
  dial(options: DialOptions, answer: Answer): void;
}

/**
 * Holds calls back until the engine behind the address is known to be the right one. After a connection
 * was lost another engine may answer at the same address, so it is asked for its id again.
 */
export class EngineGate {
  private check: EngineCheck | null = null;
  private asking: Promise<void> | null = null;
  private open = false;
  private foreign = false;
  private lostConnections = 0;

  constructor(private readonly identify: () => Promise<EngineIdentity>) {}

  /** Connections that were lost so far: behind the next one may be another engine. */
  get losses(): number {
    return this.lostConnections;
  }

  /** Whether the engine that answered last is another one. */
  get isForeign(): boolean {
    return this.foreign;
  }

  /** From now on every call waits for this check. */
  admitOnly(check: EngineCheck): void {
    this.check = check;
    this.open = false;
  }

  /** The next call asks again: who answers then may be another engine. */
  close(): void {
    this.lostConnections += 1;
    this.open = false;
  }

  /** Nothing to wait for, or what every call has to wait for. */
  pass(): Promise<void> | null {
    if (this.check === null || this.open) return null;
    this.asking ??= this.ask(this.check).finally(() => (this.asking = null));
    return this.asking;
  }

  private async ask(check: EngineCheck): Promise<void> {
    const { losses } = this;
    try {
      await check(await this.identify());
      this.foreign = false;
      this.open = losses === this.losses;
    } catch (error) {
      this.foreign = isEngineFailure(error, 'engine-foreign');
      throw error;
    }
  }
}

/** Puts the gate before every call of a client. */
export function guardCalls(client: Dockerode, gate: EngineGate): void {
  const modem = client.modem as Modem;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, answer) => {
    const call = (): void =>
      dial(options, (error, data) => {
        if (isLostConnection(error)) gate.close();
        answer(error, data);
      });
    const waiting = ALWAYS_FREE.test(options.path) ? null : gate.pass();
    if (!waiting) return call();
    waiting.then(
      // Who made the call may have given it up meanwhile.
      () => (options.abortSignal?.aborted ? answer(new Error('aborted')) : call()),
      answer,
    );
  };
}

/** A failure without an answer of the engine. */
function isLostConnection(error: unknown): boolean {
  return error instanceof Error && (error as { statusCode?: number }).statusCode === undefined;
}
