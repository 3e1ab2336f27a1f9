import {
  Injectable,
  ValidationPipe,
  type ArgumentMetadata,
  type ValidationError,
} from '@nestjs/common';
import type { FieldProblem } from '../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { InvalidParameterError } from './errors/request.errors';

const UNKNOWN_FIELD = bilingual('未知字段', 'unknown field');
const NOT_ACCEPTABLE = bilingual('不符合要求', 'not acceptable');
const NOT_AN_OBJECT = bilingual('请求体须为 JSON 对象', 'the body must be a JSON object');

/** Checks every request DTO: unknown fields are refused, every bad field is named, nothing converts by itself. */
@Injectable()
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) =>
        new InvalidParameterError(errors.flatMap((error) => problemsOf(error))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const isDto = metadata.type !== 'custom' && this.toValidate(metadata);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isDto && value !== undefined && !isObject) {
      throw new InvalidParameterError([{ field: metadata.type, message: NOT_AN_OBJECT }]);
    }
    return super.transform(value, metadata);
  }
}

function problemsOf(error: ValidationError, parent = ''): FieldProblem[] {
  const field = parent ? `${parent}.${error.property}` : error.property;
  const own = Object.keys(error.constraints ?? {})
    .slice(0, 1)
    .map((rule) => ({ field, message: messageOf(error, rule) }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, field))];
}

function messageOf(error: ValidationError, rule: string): Bilingual {
  if (rule === 'whitelistValidation') return UNKNOWN_FIELD;
  return (error.contexts?.[rule] as Bilingual | undefined) ?? NOT_ACCEPTABLE;
}
