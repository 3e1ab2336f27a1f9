import { ApiProperty } from '@nestjs/swagger';
import { EnumField, IntField } from '../../http/fields';
import { ApiTime } from '../../http/fields/api-fields';
import type { Language } from '../../platform/i18n/bilingual';
import type { PolicyInput, PolicyView } from '../updates/update-policies.service';
import { UPDATE_MODES, type UpdateMode } from '../updates/update-policy.entity';
import { CronField, TimeZoneField } from './cron-fields';

export const MODES =
  '`hand`: an update is shown to those who look for it; `told`: the app is marked and an event tells of it; `window`: as `told`, and the upgrade is made by itself while the window is open';
const WINDOW =
  'when the window opens: five words of cron (minute hour day month weekday), or one like `@daily`; with `window` only';
const MAX_MINUTES = 7 * 24 * 60;

export class PutUpdatePolicyDto {
  @EnumField({
    values: UPDATE_MODES,
    enumName: 'UpdateMode',
    description: MODES,
    example: 'window',
  })
  mode: UpdateMode;

  @CronField({ optional: true, description: WINDOW })
  cron?: string;

  @TimeZoneField()
  timeZone?: string;

  @IntField({
    min: 1,
    max: MAX_MINUTES,
    optional: true,
    description:
      'how long the window stays open: an upgrade begins within it, and may end after it; with `window` only',
    example: 120,
  })
  minutes?: number;
}

export function toPolicyInput(body: PutUpdatePolicyDto): PolicyInput {
  const { mode, cron = null, timeZone = 'UTC', minutes = 0 } = body;
  return { mode, cron, timeZone, minutes };
}

export class UpdatePolicyDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({ enum: UPDATE_MODES, enumName: 'UpdateMode', description: MODES })
  mode: UpdateMode;

  @ApiProperty({ type: 'string', nullable: true, example: '30 3 * * *' })
  cron: string | null;

  @ApiProperty({ type: 'string', example: 'Europe/Berlin' })
  timeZone: string;

  @ApiProperty({
    type: 'integer',
    description: 'length of the window; 0 without one',
    example: 120,
  })
  minutes: number;

  @ApiTime('when the window opens next', true)
  nextAt: number | null;

  @ApiProperty({ type: 'boolean', description: 'the window is open' })
  isOpen: boolean;

  @ApiTime('when an upgrade was last begun by itself', true)
  triedAt: number | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: null,
    description: 'why the update that there is is not made by itself',
  })
  obstacle: string | null;
}

export function toPolicyDto(view: PolicyView, language: Language): UpdatePolicyDto {
  const { nextAt, triedAt, obstacle, ...policy } = view;
  return {
    ...policy,
    nextAt: nextAt?.getTime() ?? null,
    triedAt: triedAt?.getTime() ?? null,
    obstacle: obstacle?.[language] ?? null,
  };
}
