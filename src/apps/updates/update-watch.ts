import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource, Not } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { ImageChecks } from '../images/image-checks';
import { Rounds } from '../../platform/waiting/rounds';
import { RetiredImages } from '../images/retired-images';
import { AppEventsService } from '../progress/app-events.service';
import type { AppUpdate } from './app-update';
import { AppUpdates } from './app-updates.service';
import { ToldUpdate } from './told-update.entity';
import { UpdatePolicies } from './update-policies.service';
import { UpdateWindows } from './update-windows';

/** How often it looks whether a registry is to be asked. */
const ASK_EVERY_MS = 15_000;
/** How often all apps are compared with their templates. */
const COMPARE_EVERY_MS = 5 * 60_000;
const MAX_WORDS = 10;

/**
 * Asks registries in the background and tells of each update once, in whichever worker comes first; removes what
 * updates have left behind.
 */
@Injectable()
export class UpdateWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(UpdateWatch.name);
  private readonly rounds = new Rounds(
    () => this.round(),
    (error) => this.logger.debug(`updates postponed: ${String(error)}`),
  );
  private comparedAt = -Infinity;
  private readonly stop = new AbortController();

  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly dataSource: DataSource,
    private readonly updates: AppUpdates,
    private readonly checks: ImageChecks,
    private readonly events: AppEventsService,
    private readonly policies: UpdatePolicies,
    private readonly windows: UpdateWindows,
    private readonly retired: RetiredImages,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.rounds.every(ASK_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.rounds.stop();
  }

  /** Does what is due, or all of it; joins the round that is under way. Never rejects. */
  tick(all = false): Promise<void> {
    if (all) this.comparedAt = -Infinity;
    return this.rounds.now();
  }

  private async round(): Promise<void> {
    if (this.engine.isForeign) return;
    const isTime = performance.now() - this.comparedAt > COMPARE_EVERY_MS;
    if (isTime) {
      this.comparedAt = performance.now();
      const updates = await this.updates.list();
      await this.checks.keepOnly(updates.flatMap(({ asked }) => asked));
    }
    const asked = this.checks.isOn ? await this.checks.askDue(this.stop.signal) : 0;
    if (isTime || asked > 0) {
      const modes = await this.policies.modes();
      for (const update of await this.updates.list({ here: true })) {
        if (modes.get(update.appName) !== 'hand') await this.tell(update);
      }
    }
    await this.windows.begin();
    if (isTime) await this.retired.sweep();
  }

  private async tell(update: AppUpdate): Promise<void> {
    const { appName, mark, available, obstacle, installationId, version, words } = update;
    if (!available || obstacle) {
      await this.told().delete({ appName });
      return;
    }
    if (!(await this.isNews(appName, mark))) return;
    const some = words.slice(0, MAX_WORDS);
    const more = words.length > MAX_WORDS ? ' …' : '';
    await this.events.record(installationId, appName, 'update', {
      from: version.from,
      to: version.to,
      text: bilingual(
        `有更新：${some.map(({ zh }) => zh).join('；')}${more}`,
        `Update: ${some.map(({ en }) => en).join('; ')}${more}`,
      ),
    });
  }

  /** Of several workers that find the same update one tells of it. */
  private async isNews(appName: string, mark: string): Promise<boolean> {
    const foundAt = new Date();
    const { affectedRows } = await this.dataSource.query<{ affectedRows: number }>(
      'INSERT IGNORE INTO app_updates (appName, mark, foundAt) VALUES (?, ?, ?)',
      [appName, mark, foundAt],
    );
    if (affectedRows === 1) return true;
    const { affected } = await this.told().update({ appName, mark: Not(mark) }, { mark, foundAt });
    return affected === 1;
  }

  private told() {
    return this.dataSource.getRepository(ToldUpdate);
  }
}
