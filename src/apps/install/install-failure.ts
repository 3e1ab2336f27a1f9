import { DomainError } from '../../platform/errors/domain-error';
import { storageErrorOf } from '../../platform/database/storage-errors';
import { EngineError } from '../../platform/docker/engine.errors';
import { bilingual } from '../../platform/i18n/bilingual';
import { ContainerFailedError } from '../engine/container.errors';
import type { SecretMask } from '../secrets/secret-mask';
import type { InstallFailure } from '../installations/installation-state';

/** What is kept with an installation that failed: code, sentence in both languages, last log lines. */
export function toInstallFailure(error: unknown): InstallFailure {
  if (error instanceof ContainerFailedError) {
    return { code: error.failure, message: error.text, logs: error.logs, undone: [] };
  }
  if (error instanceof EngineError) {
    const logs = error.engineText ? [error.engineText] : [];
    return { code: error.failure, message: error.text, logs, undone: [] };
  }
  const known = error instanceof DomainError ? error : storageErrorOf(error);
  if (known) return { code: codeOf(known), message: known.text, logs: [], undone: [] };
  return {
    code: 'unexpected',
    message: bilingual(
      '安装时发生内部错误，详情见服务器日志',
      'The install met an internal error; the server log has the details',
    ),
    logs: [],
    undone: [],
  };
}

/** The same without the app's secrets, which its containers may have printed. */
export function maskFailure(failure: InstallFailure, mask: SecretMask): InstallFailure {
  const { message, logs } = failure;
  return {
    ...failure,
    message: bilingual(mask(message.zh), mask(message.en)),
    logs: logs.map(mask),
  };
}

/** `PortRangeExhaustedError` → `port-range-exhausted`. */
function codeOf(error: DomainError): string {
  return error.name
    .replace(/Error$/, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
