import { ApiProperty } from '@nestjs/swagger';
import { BoolField, IntField } from '../../http/fields';
import { ApiTime } from '../../http/fields/api-fields';
import type { Language } from '../../platform/i18n/bilingual';
import { DEFAULT_SCHEDULE } from '../schedules/backup-schedule.entity';
import type { ScheduleInput, ScheduleView } from '../schedules/backup-schedules.service';
import type { RetentionPlan } from '../schedules/retention';
import { CronField, TimeZoneField } from './cron-fields';
import { BackupDto, RepositoryNameField, toBackupDto } from './backup.dto';

const MAX_KEPT = 10_000;
const WORDS = 'five words of cron (minute hour day month weekday), or one like `@daily`';
const SCHEDULE = `${WORDS}; null: never, whatever the default says`;
const KeepField = (what: string): PropertyDecorator =>
  IntField({
    min: 0,
    max: MAX_KEPT,
    optional: true,
    default: 0,
    description: `${what}, as restic counts them; with all four 0 every backup stays`,
    example: 7,
  });

export class KeepRulesDto {
  @KeepField('newest backups that stay')
  keepLast?: number;

  @KeepField('days whose newest backup stays')
  keepDaily?: number;

  @KeepField('weeks whose newest backup stays')
  keepWeekly?: number;

  @KeepField('months whose newest backup stays')
  keepMonthly?: number;
}

export class PutBackupScheduleDto extends KeepRulesDto {
  @CronField({ nullable: true, description: SCHEDULE })
  cron: string | null;

  @TimeZoneField()
  timeZone?: string;

  @RepositoryNameField(true)
  repository?: string;

  @BoolField({
    optional: true,
    default: true,
    description: 'verify the newest backup once a week',
  })
  verify?: boolean;
}

export function toScheduleInput(body: PutBackupScheduleDto): ScheduleInput {
  const { keepLast = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0 } = body;
  const { cron, timeZone = 'UTC', repository = null, verify = true } = body;
  return { cron, timeZone, repository, keepLast, keepDaily, keepWeekly, keepMonthly, verify };
}

export class BackupScheduleDto {
  @ApiProperty({ type: 'string', nullable: true, description: 'null: the default of all apps' })
  appName: string | null;

  @ApiProperty({
    enum: ['app', 'default', 'none'],
    enumName: 'BackupScheduleSource',
    description: 'whose schedule it is; `none`: nothing is saved by itself',
  })
  source: ScheduleView['source'];

  @ApiProperty({ type: 'string', nullable: true, example: '30 3 * * *' })
  cron: string | null;

  @ApiProperty({ type: 'string', example: 'Europe/Berlin' })
  timeZone: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'null: the first one' })
  repository: string | null;

  @ApiProperty({ type: 'integer' })
  keepLast: number;

  @ApiProperty({ type: 'integer' })
  keepDaily: number;

  @ApiProperty({ type: 'integer' })
  keepWeekly: number;

  @ApiProperty({ type: 'integer' })
  keepMonthly: number;

  @ApiProperty({ type: 'boolean', description: 'the newest backup is verified once a week' })
  verify: boolean;

  @ApiTime('when the app is saved next; of the default when an app would be', true)
  nextAt: number | null;

  @ApiTime('when it was last its turn', true)
  lastAt: number | null;

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true, description: 'of the last turn' })
  backupId: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'why the last turn made no backup, or removed none',
  })
  failure: string | null;

  @ApiTime('when the newest backup is verified next', true)
  nextVerifyAt: number | null;

  @ApiProperty({
    type: BackupDto,
    nullable: true,
    description: 'the backup that was verified last by schedule: `verifiedAt`, or `failure`',
  })
  verified: BackupDto | null;
}

export function toScheduleDto(view: ScheduleView, language: Language): BackupScheduleDto {
  const { schedule, appName, nextAt, lastAt, nextVerifyAt, verified } = view;
  return {
    appName: appName === DEFAULT_SCHEDULE ? null : appName,
    source: view.source,
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    repository: schedule.repository,
    keepLast: schedule.keepLast,
    keepDaily: schedule.keepDaily,
    keepWeekly: schedule.keepWeekly,
    keepMonthly: schedule.keepMonthly,
    verify: schedule.verify,
    nextAt: nextAt?.getTime() ?? null,
    lastAt: lastAt?.getTime() ?? null,
    backupId: view.backupId,
    failure: view.failure?.message[language] ?? null,
    nextVerifyAt: nextVerifyAt?.getTime() ?? null,
    verified: verified && toBackupDto(verified, language),
  };
}

export class KeptBackupDto {
  @ApiProperty({ type: BackupDto })
  backup: BackupDto;

  @ApiProperty({
    type: [String],
    description: 'what it stays for, in the words of restic',
    example: ['daily snapshot'],
  })
  reasons: string[];
}

export class RetentionPreviewDto {
  @ApiProperty({ type: [KeptBackupDto] })
  keep: KeptBackupDto[];

  @ApiProperty({ type: [BackupDto], description: 'what would go now' })
  remove: BackupDto[];
}

export function toPreviewDto(
  { keep, remove }: RetentionPlan,
  language: Language,
): RetentionPreviewDto {
  return {
    keep: keep.map(({ backup, reasons }) => ({
      backup: toBackupDto(backup, language),
      reasons: [...reasons],
    })),
    remove: remove.map((backup) => toBackupDto(backup, language)),
  };
}

export class CronTimesQueryDto {
  @CronField({ description: WORDS })
  cron: string;

  @TimeZoneField()
  timeZone?: string;
}

export class CronTimesDto {
  @ApiProperty({
    type: [Number],
    description: 'the next times, milliseconds since the epoch',
    example: [1658676108943],
  })
  times: number[];
}
