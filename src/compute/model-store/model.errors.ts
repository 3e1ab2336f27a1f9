import { domainError } from '../../platform/errors/domain-error';

export class ModelNotFoundError extends domainError(
  'not-found',
  '没有这个模型，可用模型见 GET /compute/models',
  'There is no such model; GET /compute/models lists them',
) {}

/** An import, a training or a rerun needs a model in use, and there is none. */
export class NoModelInUseError extends domainError(
  'unavailable',
  '没有启用的模型，请管理员先启用一个模型',
  'No model is in use; an administrator has to activate one first',
) {}
