import { ApiProperty } from '@nestjs/swagger';

/** Role in an answer. */
export const ApiRole = (): PropertyDecorator =>
  ApiProperty({
    enum: [0, 1],
    enumName: 'UserRole',
    enumSchema: { 'x-enum-varnames': ['User', 'Admin'] } as never,
    description: '0 ordinary user, 1 administrator',
  });

/** Status in an answer. */
export const ApiStatus = (): PropertyDecorator =>
  ApiProperty({
    enum: [0, 1, 2, 3],
    enumName: 'UserStatus',
    enumSchema: {
      'x-enum-varnames': ['Normal', 'Banned', 'Deregistered', 'ComputeBanned'],
    } as never,
    description: '0 normal, 1 banned, 2 deregistered, 3 banned from computing',
  });

/** A point in time in an answer, as the documents write `expired`. */
export const ApiTime = (description: string, nullable = false): PropertyDecorator =>
  ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable,
    example: 1658676108943,
    description: `${description}, milliseconds since the epoch`,
  });
