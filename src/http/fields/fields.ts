import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { absence, fieldRule, type FieldOptions } from './field-rule';

/**
 * One decorator a field of a request: OpenAPI description, strict conversion and validation
 * together. Nothing converts but decimal text to an integer and `true`/`false` to a boolean.
 */
function field(
  options: FieldOptions,
  schema: ApiPropertyOptions,
  convert: (value: unknown) => unknown,
  rule: { name: string; check: (value: unknown) => boolean; text: Bilingual },
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description: options.description,
      example: options.example,
      required: !options.optional,
      ...(options.nullable ? { nullable: true } : {}),
      ...schema,
    } as ApiPropertyOptions),
    Transform(
      ({ value }: { value: unknown }) =>
        options.optional === 'or-empty' && value === '' ? undefined : convert(value),
      { toClassOnly: true },
    ),
    absence(options),
    fieldRule(rule.name, rule.check, rule.text),
  );
}

/** Canonical decimal text of an integer becomes that integer; everything else stays as it is. */
export function integerFromText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^(0|-?[1-9]\d{0,15})$/.test(value)) return value;
  return Number(value);
}

export interface IntFieldOptions extends FieldOptions {
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  /** The document says that decimal text is taken as well; taken it is in any case. */
  readonly documentText?: boolean;
}

/** An integer from `min` to `max`, as JSON number or decimal text. */
export function IntField(options: IntFieldOptions): PropertyDecorator {
  const { min, max } = options;
  const schema = {
    type: 'integer',
    minimum: min,
    maximum: max,
    ...(max > 2 ** 31 - 1 ? { format: 'int64' } : {}),
    ...(options.default === undefined ? {} : { default: options.default }),
  };
  return field(
    options,
    options.documentText
      ? { oneOf: [schema, { type: 'string', pattern: '^(0|[1-9][0-9]{0,15})$' }] }
      : (schema as ApiPropertyOptions),
    integerFromText,
    {
      name: 'int',
      check: (value) =>
        typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
      text: bilingual(
        `须为 ${min} 到 ${max} 之间的整数`,
        `must be a whole number from ${min} to ${max}`,
      ),
    },
  );
}

export interface TextFieldOptions extends FieldOptions {
  /** In characters (code points); default 1. */
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: RegExp;
  /** What the pattern requires; needed with `pattern`. */
  readonly rule?: Bilingual;
  readonly format?: string;
  /** Applied to text before it is checked. */
  readonly normalise?: (value: string) => string;
}

/** Text of limited length without control characters. */
export function TextField(options: TextFieldOptions): PropertyDecorator {
  const { minLength = 1, maxLength, pattern } = options;
  const range = bilingual(
    `须为 ${minLength} 到 ${maxLength} 个字符的文本，不含控制字符`,
    `must be text of ${minLength} to ${maxLength} characters without control characters`,
  );
  return field(
    options,
    {
      type: 'string',
      minLength,
      maxLength,
      ...(pattern ? { pattern: pattern.source } : {}),
      ...(options.format ? { format: options.format } : {}),
    },
    (value) => (typeof value === 'string' && options.normalise ? options.normalise(value) : value),
    {
      name: 'text',
      check: (value) => {
        if (typeof value !== 'string' || value.length > maxLength * 2) return false;
        const length = [...value].length;
        if (length < minLength || length > maxLength) return false;
        return pattern ? pattern.test(value) : !/[\p{Cc}\p{Cs}]/u.test(value);
      },
      text: options.rule ?? range,
    },
  );
}

/** `true` or `false`, as JSON boolean or as that text. */
export function BoolField(
  options: FieldOptions & { readonly default?: boolean } = {},
): PropertyDecorator {
  return field(
    options,
    { type: 'boolean', ...(options.default === undefined ? {} : { default: options.default }) },
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    {
      name: 'bool',
      check: (value) => typeof value === 'boolean',
      text: bilingual('须为 true 或 false', 'must be true or false'),
    },
  );
}

/** One of a fixed list of texts or integers; integers also come as decimal text. */
export function EnumField(
  options: FieldOptions & {
    readonly values: readonly (string | number)[];
    /** Name of the schema component and of each value, for generated clients. */
    readonly enumName: string;
    readonly names?: readonly string[];
    readonly default?: string | number;
  },
): PropertyDecorator {
  const { values, enumName, names } = options;
  const numeric = values.every((value) => typeof value === 'number');
  const choices = values.join(', ');
  return field(
    options,
    {
      enum: [...values],
      enumName,
      ...(names ? { enumSchema: { 'x-enum-varnames': [...names] } } : {}),
      ...(numeric ? { type: 'integer' } : {}),
      ...(options.default === undefined ? {} : { default: options.default }),
    },
    numeric ? integerFromText : (value) => value,
    {
      name: 'enum',
      check: (value) => values.includes(value as string | number),
      text: bilingual(`须为以下之一：${choices}`, `must be one of ${choices}`),
    },
  );
}

/** A UUID in the usual 8-4-4-4-12 notation, any version; becomes lower case. */
export function UuidField(options: FieldOptions = {}): PropertyDecorator {
  return TextField({
    maxLength: 36,
    minLength: 36,
    format: 'uuid',
    pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    rule: bilingual('须为 UUID', 'must be a UUID'),
    normalise: (value) => value.toLowerCase(),
    example: '9a6d777c-997d-a7e5-35f4-8471b7582ac0',
    ...options,
  });
}

/** Exactly `length` hexadecimal digits of any case; becomes lower case. */
export function HexField(options: FieldOptions & { readonly length: number }): PropertyDecorator {
  const { length } = options;
  return TextField({
    minLength: length,
    maxLength: length,
    pattern: new RegExp(`^[0-9a-f]{${length}}$`),
    rule: bilingual(`须为 ${length} 位十六进制字符`, `must be ${length} hexadecimal digits`),
    normalise: (value) => value.toLowerCase(),
    ...options,
  });
}
