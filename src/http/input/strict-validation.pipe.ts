import {
  Injectable,
  ValidationPipe,
  type ArgumentMetadata,
  type ValidationError,
} from '@nestjs/common';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { InvalidParameterError } from '../errors/request.errors';

export const UNKNOWN_FIELD = bilingual('未知字段', 'unknown field');
const NOT_ACCEPTABLE = bilingual('不符合要求', 'not acceptable');
const TOO_DEEP = bilingual('嵌套过深', 'nested too deeply');
const NOT_AN_OBJECT = bilingual('请求体须为 JSON 对象', 'the body must be a JSON object');

/** Checks every request DTO: refuses unknown fields, names every bad field, converts nothing implicitly. */
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
    if (isDto) refuseUnsafe(value);
    return super.transform(value, metadata);
  }
}

const MAX_DEPTH = 8;

/**
 * Refuses what the validation libraries cannot handle: nesting deep enough to exhaust their stack,
 * and fields named like a member of every object (`toString`), which they accept as known.
 */
function refuseUnsafe(root: unknown): void {
  const open: { value: unknown; field: string; depth: number }[] = [
    { value: root, field: '', depth: 0 },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, field, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) throw new InvalidParameterError([{ field, message: TOO_DEEP }]);
    for (const [key, inner] of Object.entries(value)) {
      const path = field ? `${field}.${key}` : key;
      if (key in Object.prototype)
        throw new InvalidParameterError([{ field: path, message: UNKNOWN_FIELD }]);
      open.push({ value: inner, field: path.slice(0, 200), depth: depth + 1 });
    }
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
