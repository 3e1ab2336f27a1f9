import { Injectable, Logger } from '@nestjs/common';
import { AuditService, type AuditActor } from '../../audit/audit.service';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { AppBusyError } from '../installations/installation.errors';
import { UpgradeService } from '../lifecycle/upgrade.service';
import { AppEventsService } from '../progress/app-events.service';
import { whyNotAlone, type AppUpdate } from './app-update';
import { AppUpdates } from './app-updates.service';
import { UpdatePolicies } from './update-policies.service';
import type { UpdatePolicy } from './update-policy.entity';

/** What stands in the audit log for the server itself. */
const ITSELF: AuditActor = { uid: 'server', name: 'server (update window)' };

/** Makes updates by itself while their window is open: each once, the same way as one by hand. */
@Injectable()
export class UpdateWindows {
  private readonly logger = new Logger(UpdateWindows.name);

  constructor(
    private readonly policies: UpdatePolicies,
    private readonly updates: AppUpdates,
    private readonly upgrades: UpgradeService,
    private readonly events: AppEventsService,
    private readonly audit: AuditService,
  ) {}

  /** Begins the upgrades whose window is open now. */
  async begin(now = new Date()): Promise<void> {
    const open = await this.policies.open(now);
    if (open.length === 0) return;
    const here = await this.updates.list({ here: true });
    const updates = new Map(here.map((update) => [update.appName, update]));
    for (const policy of open) {
      const update = updates.get(policy.appName);
      if (update?.available && whyNotAlone(update) === null) await this.upgrade(policy, update);
    }
  }

  private async upgrade(policy: UpdatePolicy, update: AppUpdate): Promise<void> {
    const { appName, mark, installationId, version } = update;
    if (!(await this.policies.claim(policy, mark))) return;
    try {
      await this.upgrades.request(appName, {}, undefined, mark);
    } catch (error) {
      // Other work on the app goes first; the next round tries again while the window is open.
      if (error instanceof AppBusyError || !(error instanceof DomainError)) {
        await this.policies.giveBack(policy, mark);
        if (error instanceof AppBusyError) return;
        throw error;
      }
      await this.policies.fail(policy, mark, error.text);
      await this.events.record(installationId, appName, 'update', {
        ...version,
        text: bilingual(`自动升级未能开始：${error.text.zh}`, `Not upgraded by itself: ${error.text.en}`), // prettier-ignore
      });
      return;
    }
    this.logger.log({ app: appName }, `${appName}: upgraded by itself in its window`);
    await this.events.record(installationId, appName, 'update', {
      ...version,
      text: bilingual(
        `在更新时段内自动升级：${update.words.map(({ zh }) => zh).join('；')}`,
        `Upgraded by itself in its window: ${update.words.map(({ en }) => en).join('; ')}`,
      ),
    });
    await this.audit.record({
      action: 'app.upgrade-requested',
      actor: ITSELF,
      target: { type: 'app', id: appName },
      details: { from: version.from, to: version.to },
    });
  }
}
