import { Injectable, Logger, Module, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { Rounds } from '../../platform/waiting/rounds';
import { isHomeNow } from './role-here';

const LOOK_EVERY_MS = 2_000;

/** On a node of a Swarm that holds no apps: sees when it becomes a home of them. */
@Injectable()
export class HomeWatch implements OnModuleDestroy {
  private readonly logger = new Logger(HomeWatch.name);
  private listener: (() => void) | null = null;
  private readonly rounds = new Rounds(
    () => this.look(),
    (error) => this.logger.debug(`not known whether this is a home now: ${String(error)}`),
  );

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
  ) {}

  /** Looks from now on, and calls the listener once. */
  onHome(listener: () => void): void {
    this.listener = listener;
    this.rounds.every(LOOK_EVERY_MS);
  }

  /** Does not wait for a round that is under way: the engine may be away. */
  onModuleDestroy(): void {
    this.listener = null;
    void this.rounds.stop();
  }

  private async look(): Promise<void> {
    if (!(await isHomeNow(this.settings, this.dataSource)) || !this.listener) return;
    void this.rounds.stop();
    this.listener();
    this.listener = null;
  }
}

/** For processes with the role `node`. */
@Module({ providers: [HomeWatch] })
export class HomeWatchModule {}
