import type { DockerEngine } from '../../platform/docker/docker-engine';
import type { StepKind } from '../installations/install-step.entity';
import type { Ledger, StepOutcome } from './ledger';
import { retryDatabase, retryEngine } from '../engine/retry-policy';

/** The ledger steps of one run. */
export class InstallSteps {
  private readonly entries: Promise<void>[] = [];

  constructor(
    private readonly engine: DockerEngine,
    private readonly ledger: Ledger,
    private readonly installationId: string,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Writes one step around one effect that can run twice. Rejects with what the effect throws, or
   * with the signal's reason; the step stays open then, for the undo.
   */
  async carryOut(kind: StepKind, name: string, effect: () => Promise<StepOutcome>): Promise<void> {
    const { engine, ledger, installationId, signal } = this;
    signal.throwIfAborted();
    await retryDatabase(() => ledger.begin(installationId, kind, name), signal);
    const outcome = await retryEngine(engine, effect, signal);
    // Nothing waits for this entry: an undo in between finds the thing by its name and label.
    this.entries.push(retryDatabase(() => ledger.done(installationId, kind, name, outcome)));
  }

  /** Waits for entries that are still being written: one that came after its own undo would lie. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.entries);
  }
}
