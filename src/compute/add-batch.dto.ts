import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { fieldRule } from '../http/fields';
import { LongList } from '../http/input/long-lists';
import { bilingual } from '../platform/i18n/bilingual';
import { AddTaskDto } from './add-task.dto';

export const MAX_ITEMS = 1_000;

function Items(): PropertyDecorator {
  const rule = bilingual(
    `须为 1 到 ${MAX_ITEMS} 个对象的数组`,
    `must be a list of 1 to ${MAX_ITEMS} objects`,
  );
  return applyDecorators(
    ApiProperty({ type: [AddTaskDto], minItems: 1, maxItems: MAX_ITEMS }),
    Type(() => AddTaskDto),
    LongList({ maxItems: MAX_ITEMS }),
    // What is no object (a list in the list, say) becomes null, which the rules refuse by its place.
    Transform(({ value }: { value: unknown }) =>
      Array.isArray(value)
        ? value.map((item: unknown) => (item instanceof AddTaskDto ? item : null))
        : value,
    ),
    fieldRule(
      'items',
      (value) => Array.isArray(value) && value.length >= 1 && value.length <= MAX_ITEMS,
      rule,
    ),
    ValidateNested({ each: true, context: rule }),
  );
}

export class AddBatchDto {
  @Items()
  items: AddTaskDto[];
}
