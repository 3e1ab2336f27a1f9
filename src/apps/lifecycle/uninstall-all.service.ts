import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { UninstallService } from './uninstall.service';

export interface UninstallResult {
  readonly appName: string;
  /** Null: it is gone. */
  readonly failure: Bilingual | null;
}

/** Removing waits for the engine, which stops containers side by side. */
const MAX_CONCURRENT = 16;

/** Uninstalls every app; one that fails does not hold up the others. */
@Injectable()
export class UninstallAll {
  constructor(private readonly uninstalls: UninstallService) {}

  async run(removeData: boolean): Promise<UninstallResult[]> {
    const names = await this.uninstalls.listNames();
    const results: UninstallResult[] = [];
    const waiting = [...names];
    const worker = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        results.push({ appName: name, failure: await this.one(name, removeData) });
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, worker));
    return results.sort((a, b) => (a.appName < b.appName ? -1 : 1));
  }

  private async one(appName: string, removeData: boolean): Promise<Bilingual | null> {
    try {
      await this.uninstalls.uninstall(appName, removeData);
      return null;
    } catch (error) {
      if (error instanceof DomainError) return error.text;
      return bilingual(
        `${appName}卸载失败：内部错误`,
        `${appName} could not be uninstalled: internal error`,
      );
    }
  }
}
