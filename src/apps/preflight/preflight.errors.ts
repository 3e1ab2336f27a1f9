import { domainError } from '../../platform/errors/domain-error';
import type { Bilingual } from '../../platform/i18n/bilingual';

/** What an install needs is not there; every problem is named. */
export class PreflightFailedError extends domainError(
  'conflict',
  (appName: string, checks: readonly { readonly code: string; readonly message: Bilingual }[]) =>
    `应用 ${appName} 暂不能安装：${checks.map((c) => c.message.zh).join('；')}`,
  (appName, checks) =>
    `App ${appName} cannot be installed now: ${checks.map((c) => c.message.en).join('; ')}`,
  (_appName, checks) => ({
    details: checks.map(({ code, message }) => ({ field: code, message })),
  }),
) {}
