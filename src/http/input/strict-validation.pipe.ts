import {
  Injectable,
  ValidationPipe,
  type ArgumentMetadata,
  type PipeTransform,
  type ValidationError,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { InvalidParameterError } from '../errors/request.errors';
import { checkInParts } from './long-lists';
import { rememberRules } from './remember-rules';

rememberRules();

export const UNKNOWN_FIELD = bilingual('未知字段', 'unknown field');
const NOT_ACCEPTABLE = bilingual('不符合要求', 'not acceptable');
const TOO_DEEP = bilingual('嵌套过深', 'nested too deeply');
const NOT_AN_OBJECT = bilingual('请求体须为 JSON 对象', 'the body must be a JSON object');

/** Texts of one request that passed are kept up to this length together, and so many of each DTO. */
const MAX_KNOWN_LENGTH = 200;
const MAX_KNOWN = 1_000;

/** Checks every request DTO: refuses unknown fields, names every bad field, converts nothing implicitly. */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  private readonly known = new WeakMap<object, LRUCache<string, object>>();
  private readonly validation = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new InvalidParameterError(errors.flatMap((error) => problemsOf(error))),
  });

  /** Gives the value at once where there is nothing to check. */
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { metatype, type } = metadata;
    if (type === 'custom') return value;
    if (!metatype || notDtos.has(metatype)) return this.validation.transform(value, metadata);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (value !== undefined && !isObject)
      throw new InvalidParameterError([{ field: type, message: NOT_AN_OBJECT }]);
    if (isObject && type !== 'body') return this.transformTexts(value, metatype, metadata);
    refuseUnsafe(value);
    if (!isObject) return this.validation.transform(value, metadata);
    return checkInParts(
      value,
      metatype,
      (part) => this.validation.transform(part, metadata) as Promise<object>,
    );
  }

  /** Paths and queries are often the same again, and their checks depend on nothing but the text. */
  private transformTexts(value: object, metatype: object, metadata: ArgumentMetadata): unknown {
    let known = this.known.get(metatype);
    if (!known) this.known.set(metatype, (known = new LRUCache({ max: MAX_KNOWN })));
    const text = JSON.stringify(value);
    const found = known.get(text);
    if (found) return copyOf(found);
    refuseUnsafe(value);
    return this.validation.transform(value, metadata).then((checked: object) => {
      if (text.length <= MAX_KNOWN_LENGTH) known.set(text, copyOf(checked));
      return checked;
    });
  }
}

const notDtos = new Set<unknown>([String, Boolean, Number, Array, Object, Buffer, Date]);

/** Of a checked DTO: its own fields, lists among them, can be changed without changing the original. */
function copyOf(dto: object): object {
  const copy = Object.create(Object.getPrototypeOf(dto) as object) as Record<string, unknown>;
  for (const [name, value] of Object.entries(dto) as [string, unknown][])
    copy[name] = Array.isArray(value) ? [...(value as unknown[])] : value;
  return copy;
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
