import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { Home } from '../homes/home';
import { InstallationStore } from '../installations/installation.store';
import { UninstallService } from './uninstall.service';

export interface UninstallResult {
  readonly appName: string;
  /** Null: it is gone. */
  readonly failure: Bilingual | null;
}

/** Removing waits for the engine, which stops containers side by side. */
const MAX_CONCURRENT = 16;

/** Removes an app through the server of another node. Rejects as `UninstallService.uninstall`. */
export type UninstallElsewhere = (appName: string, home: string) => Promise<unknown>;

/** Uninstalls every app; one that fails does not hold up the others. */
@Injectable()
export class UninstallAll {
  constructor(
    private readonly uninstalls: UninstallService,
    private readonly store: InstallationStore,
    private readonly home: Home,
  ) {}

  async run(removeData: boolean, elsewhere: UninstallElsewhere): Promise<UninstallResult[]> {
    const waiting = await this.store.listActive();
    const results: UninstallResult[] = [];
    const worker = async (): Promise<void> => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        const { appName, home } = row;
        const uninstall =
          home === null || this.home.isHere(home)
            ? this.uninstalls.uninstall(appName, removeData)
            : elsewhere(appName, home);
        results.push({ appName, failure: await failureOf(appName, uninstall) });
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, worker));
    return results.sort((a, b) => (a.appName < b.appName ? -1 : 1));
  }
}

async function failureOf(appName: string, work: Promise<unknown>): Promise<Bilingual | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error.text;
    return bilingual(
      `${appName}卸载失败：内部错误`,
      `${appName} could not be uninstalled: internal error`,
    );
  }
}
