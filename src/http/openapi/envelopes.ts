import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { BusinessCode } from '../../platform/errors/business-code';
import type { DomainError } from '../../platform/errors/domain-error';
import type { Family } from '../request/request-context';

type Shape = 'one' | 'list' | 'nothing';

const cache = new Map<string, Type>();

/** A named class for the envelope around `model`, so that generated clients get a named type (`UserResponse`). */
function envelopeOf(family: Family, shape: Shape, model?: Type): Type {
  const base = model?.name.replace(/Dto$/, '') ?? '';
  const name = `${family === 'stackhub' ? 'StackHub' : ''}${base || 'Empty'}${shape === 'list' ? 'List' : ''}Response`;
  const known = cache.get(name);
  if (known) return known;

  class Envelope {}
  Object.defineProperty(Envelope, 'name', { value: name });
  const data =
    shape === 'nothing'
      ? ApiProperty({ type: 'object', nullable: true, additionalProperties: false, example: null })
      : ApiProperty(shape === 'list' ? { type: [model as Type] } : { type: model as Type });
  if (family === 'stackhub') {
    define(
      Envelope,
      'code',
      ApiProperty({ type: 'string', enum: ['1'], description: '1: success' }),
    );
    define(Envelope, 'message', ApiProperty({ type: 'string', example: 'redmine安装成功' }));
  } else {
    define(
      Envelope,
      'code',
      ApiProperty({ type: 'integer', enum: [BusinessCode.Success], description: '20000: success' }),
    );
    define(Envelope, 'msg', ApiProperty({ type: 'string', example: 'success' }));
  }
  define(Envelope, 'data', data);
  cache.set(name, Envelope);
  return Envelope;
}

function define(target: Type, property: string, decorator: PropertyDecorator): void {
  decorator(target.prototype as object, property);
}

/** A StackHub answer's success: `data` is one object, HTTP 200. */
export function StackHubAnswers(model?: Type, options: { list?: boolean } = {}): MethodDecorator {
  const shape: Shape = !model ? 'nothing' : options.list ? 'list' : 'one';
  return applyDecorators(
    HttpCode(200),
    ApiOkResponse({ type: envelopeOf('stackhub', shape, model) }),
  );
}

/** `data` is one object of this class, HTTP 200. */
export function Answers(model: Type): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiOkResponse({ type: envelopeOf('dscape', 'one', model) }),
  );
}

const TOTAL_COUNT = {
  description: 'How many there are on all pages',
  schema: { type: 'integer', minimum: 0 },
} as const;

/** `data` is an array of this class (`String` for plain texts), HTTP 200; `total`: of all pages, in a header. */
export function AnswersList(
  model: Type,
  { total = false }: { readonly total?: boolean } = {},
): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiOkResponse({
      type: envelopeOf('dscape', 'list', model),
      ...(total ? { headers: { 'x-total-count': TOTAL_COUNT } } : {}),
    }),
  );
}

/** `data` is null, HTTP 200. */
export function AnswersNothing(): MethodDecorator {
  return applyDecorators(HttpCode(200), ApiOkResponse({ type: envelopeOf('dscape', 'nothing') }));
}

export class FieldProblemDto {
  @ApiProperty({ type: 'string', example: 'ctdna' })
  field: string;

  @ApiProperty({ type: 'string', example: '须为 1 到 10000 之间的整数' })
  message: string;
}

/** The body of every failed call of the Dscape family. */
export class ErrorResponse {
  @ApiProperty({
    type: 'integer',
    example: BusinessCode.InvalidParameter,
    description: 'see the code table',
  })
  code: number;

  @ApiProperty({ type: 'string', example: '参数错误：ctdna' })
  msg: string;

  @ApiProperty({ type: 'object', nullable: true, additionalProperties: false, example: null })
  data: null;

  @ApiProperty({ type: 'string', example: '4a1c1a3e-6f55-4c0a-9d5b-6f3e0c7d8b11' })
  requestId: string;

  @ApiProperty({ type: [FieldProblemDto], required: false })
  details?: FieldProblemDto[];
}

/** The body of every failed call of the StackHub family. */
export class StackHubErrorResponse {
  @ApiProperty({ type: 'string', enum: ['0'], description: '0: failure' })
  code: '0';

  @ApiProperty({ type: 'string', example: '没有名为 nosuchapp 的应用' })
  message: string;

  @ApiProperty({ type: 'object', nullable: true, additionalProperties: false, example: null })
  data: null;

  @ApiProperty({
    type: 'integer',
    example: BusinessCode.BadRequest,
    description: 'see the code table',
  })
  error: number;

  @ApiProperty({ type: 'string' })
  requestId: string;

  @ApiProperty({ type: [FieldProblemDto], required: false })
  details?: FieldProblemDto[];
}

/** Carries the failures of a call to `completeDocument`, which removes it. */
export const FAILURES_EXTENSION = 'x-failures';
export const MORE_FAILURES_EXTENSION = 'x-more-failures';

/**
 * Documents the failures of a call by the errors that it throws, with the values of an example; what
 * any call may answer is added for all. The same for both families.
 */
export function Fails(...failures: DomainError[]): MethodDecorator {
  return ApiExtension(FAILURES_EXTENSION, plain(failures));
}

/** The same beside `Fails`, for a decorator that adds failures of its own to a call. */
export function AlsoFails(...failures: DomainError[]): MethodDecorator {
  return ApiExtension(MORE_FAILURES_EXTENSION, plain(failures));
}

function plain(failures: readonly DomainError[]) {
  return failures.map(({ name, kind, code, text, details, retryAfterSeconds }) => ({
    ...{ name, kind, code, text, details, retryAfterSeconds },
  }));
}
