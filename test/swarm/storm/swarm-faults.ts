import type { SeededRandom } from '../../chaos/storm/random';
import { pause } from './swarm-load';
import type { SwarmWorld } from './swarm-world';

/** Told what was done, for the log. */
type Report = (what: string) => void;

/**
 * One fault after the other, in two rows beside each other, until told to end and each kind has been at every node and
 * process once: engines are killed and cables taken out; API and worker processes are killed. All is whole afterwards.
 */
export class SwarmFaults {
  /** How often, by kind. */
  readonly counts = { engines: 0, links: 0, apis: 0, workers: 0 };
  /** Rows whose first round is over. */
  private rounds = 0;
  private over = false;
  private broken = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly world: SwarmWorld,
    private readonly random: SeededRandom,
    private readonly linkSeconds: number,
    private readonly report: Report,
  ) {}

  begin(): void {
    this.running = Promise.all([this.ofMachines(), this.ofProcesses()]);
    this.running.catch(() => (this.broken = true));
  }

  /** At each node and each process. */
  get haveAllHappened(): boolean {
    return this.broken || this.rounds >= 2;
  }

  async end(): Promise<void> {
    this.over = true;
    await this.running;
  }

  private async ofMachines(): Promise<void> {
    const { nodes } = this.world.swarm;
    const kinds = nodes.flatMap((_, node) => [
      () => this.killEngine(node),
      () => this.cutLink(node),
    ]);
    await this.repeat(kinds, () => this.random.between(5_000, 15_000));
  }

  private async ofProcesses(): Promise<void> {
    const { apis, workers } = this.world;
    const kinds = [...apis, ...workers].map((process) => async (): Promise<void> => {
      this.counts[apis.includes(process) ? 'apis' : 'workers'] += 1;
      this.report(`SIGKILL ${process.name}`);
      await process.kill();
      await pause(this.random.between(0, 3_000));
      process.start();
    });
    await this.repeat(kinds, () => this.random.between(10_000, 25_000));
  }

  /** Each of them once in random order, then again, until it is over. */
  private async repeat(
    kinds: readonly (() => Promise<void>)[],
    pauseMs: () => number,
  ): Promise<void> {
    for (let round = 0; round === 0 || !this.over; round += 1) {
      for (const kind of this.random.draw(kinds, kinds.length)) {
        if (this.broken || (this.over && round > 0)) return;
        await kind();
        await pause(pauseMs());
      }
      if (round === 0) this.rounds += 1;
    }
  }

  private async killEngine(index: number): Promise<void> {
    const node = this.world.swarm.nodes[index]!;
    const seconds = this.random.between(1, 30);
    this.counts.engines += 1;
    this.report(`engine ${index + 1} killed for ${seconds} s`);
    await node.kill();
    await pause(seconds * 1000);
    await node.up();
    this.report(`engine ${index + 1} is back`);
  }

  private async cutLink(index: number): Promise<void> {
    const node = this.world.swarm.nodes[index]!;
    this.counts.links += 1;
    this.report(`link ${index + 1} cut for ${this.linkSeconds} s`);
    await node.link('down');
    await pause(this.linkSeconds * 1000);
    await node.link('up');
    this.report(`link ${index + 1} is back`);
  }
}
