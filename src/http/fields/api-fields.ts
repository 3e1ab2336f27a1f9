import { ApiProperty } from '@nestjs/swagger';
import { EnumField, type FieldOptions } from '.';

const ROLE = {
  values: [0, 1],
  names: ['User', 'Admin'],
  enumName: 'UserRole',
  description: '0 ordinary user, 1 administrator',
};
const STATUS = {
  values: [0, 1, 2, 3],
  names: ['Normal', 'Banned', 'Deregistered', 'ComputeBanned'],
  enumName: 'UserStatus',
  description: '0 normal, 1 banned, 2 deregistered, 3 banned from computing',
};

type EnumOptions = FieldOptions & { readonly default?: number };

/** Role in a request. */
export const RoleField = (options: EnumOptions = {}): PropertyDecorator =>
  EnumField({ ...ROLE, ...options });

/** Status in a request. */
export const StatusField = (options: EnumOptions = {}): PropertyDecorator =>
  EnumField({ ...STATUS, ...options });

const apiEnum = ({ values, names, enumName, description }: typeof ROLE): PropertyDecorator =>
  ApiProperty({
    enum: values,
    enumName,
    enumSchema: { 'x-enum-varnames': names } as never,
    description,
  });

/** Role in an answer. */
export const ApiRole = (): PropertyDecorator => apiEnum(ROLE);

/** Status in an answer. */
export const ApiStatus = (): PropertyDecorator => apiEnum(STATUS);

/** A point in time in an answer, as the documents write `expired`. */
export const ApiTime = (description: string, nullable = false): PropertyDecorator =>
  ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable,
    example: 1658676108943,
    description: `${description}, milliseconds since the epoch`,
  });
