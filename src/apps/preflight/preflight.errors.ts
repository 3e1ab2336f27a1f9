import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { AppConflictError } from '../installations/app-conflict.error';

/** What an install needs is not there; every problem is named. */
export class PreflightFailedError extends AppConflictError {
  constructor(
    appName: string,
    checks: readonly { readonly code: string; readonly message: Bilingual }[],
  ) {
    super(
      bilingual(
        `应用 ${appName} 暂不能安装：${checks.map((c) => c.message.zh).join('；')}`,
        `App ${appName} cannot be installed now: ${checks.map((c) => c.message.en).join('; ')}`,
      ),
      { details: checks.map(({ code, message }) => ({ field: code, message })) },
    );
  }
}
