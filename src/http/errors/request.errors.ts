import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

/** Limits of the fields named in the message and in `details`: a batch of bad rows must not answer megabytes. */
const MAX_NAMED = 10;
const MAX_DETAILS = 100;

/** One or more fields of the request are not acceptable; `details` names each. */
export class InvalidParameterError extends DomainError {
  constructor(details: readonly FieldProblem[]) {
    const shown = details.slice(0, MAX_NAMED).map((problem) => problem.field);
    const names = shown.join(', ') + (details.length > shown.length ? ' …' : '');
    super('invalid', bilingual(`参数错误：${names}`, `Invalid parameter: ${names}`), {
      code: BusinessCode.InvalidParameter,
      details: details.slice(0, MAX_DETAILS),
    });
  }
}

/** The request could not be read at all: broken JSON, too large, wrong content type, broken URL. */
export class UnreadableRequestError extends DomainError {
  constructor(reason: 'json' | 'size' | 'media-type' | 'other', cause?: unknown) {
    super(
      'invalid',
      {
        json: bilingual('请求体不是有效的 JSON', 'The request body is not valid JSON'),
        size: bilingual('请求体过大', 'The request body is too large'),
        'media-type': bilingual(
          '不支持的内容类型，请使用 application/json',
          'Unsupported content type; please send application/json',
        ),
        other: bilingual('无法读取请求', 'The request cannot be read'),
      }[reason],
      { code: BusinessCode.InvalidParameter, cause },
    );
  }
}

export class RouteNotFoundError extends domainError(
  'not-found',
  '没有这个接口，接口列表见 /docs',
  'There is no such call; /docs lists them all',
) {}

/** A call that changes something is not run by a browser's prefetch. */
export class PrefetchRefusedError extends domainError(
  'invalid',
  '该接口会改变数据，不接受浏览器预取',
  'This call changes something and is not run by a browser prefetch',
) {}

/** Anything unexpected; the cause is in the log under the request id. */
export class UnexpectedError extends domainError(
  'internal',
  '服务器内部错误，请凭 requestId 联系管理员',
  'Internal server error; please give the requestId to the administrator',
  (cause: unknown) => ({ cause }),
) {}

/** A service that this call needs does not answer. */
export class DependencyUnavailableError extends domainError(
  'unavailable',
  '依赖的服务暂时不可用，请稍后重试',
  'A service that this call needs does not answer at the moment; please try again shortly',
  (cause?: unknown) => ({ retryAfterSeconds: 5, cause }),
) {}
