import { applyDecorators } from '@nestjs/common';
import { fieldRule, TextField, type FieldOptions } from '../../http/fields';
import { bilingual } from '../../platform/i18n/bilingual';
import { isCron, isTimeZone } from '../schedules/cron-times';

const cronRule = bilingual(
  '须为五段 cron 表达式（分 时 日 月 周）或 @daily 等，且确有到来之时',
  'must be the five words of cron (minute hour day month weekday) or one like @daily, and come true at some time',
);
const zoneRule = bilingual(
  '须为时区名称，例如 Asia/Shanghai',
  'must be the name of a time zone, like Europe/Berlin',
);

/** Words of cron. */
export const CronField = (options: FieldOptions): PropertyDecorator =>
  applyDecorators(
    TextField({
      maxLength: 100,
      pattern: /^[0-9A-Za-z*,/@ ?#-]+$/,
      rule: cronRule,
      example: '30 3 * * *',
      ...options,
    }),
    fieldRule('cron', (value) => isCron(String(value)), cronRule),
  );

/** The time zone of words of cron; UTC by default. */
export const TimeZoneField = (): PropertyDecorator =>
  applyDecorators(
    TextField({
      maxLength: 64,
      pattern: /^[A-Za-z][A-Za-z0-9_+/-]*$/,
      rule: zoneRule,
      optional: true,
      description: 'time zone of the words of cron; UTC by default',
      example: 'Europe/Berlin',
    }),
    fieldRule('timeZone', (value) => isTimeZone(String(value)), zoneRule),
  );
