import { NumberInput, Select, SimpleGrid, Stack, Switch } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { CronFields, ownTimeZone } from '../../ui/cron-fields';
import { fieldProblems } from '../../ui/problem';
import { useChange } from '../../ui/use-change';
import { scheduleKey } from './schedule-key';

type Schedule = Schema<'BackupScheduleDto'>;
/** `default`: that of all apps; without an app there is none. */
type Kind = 'default' | 'own' | 'never';

const KEPT = ['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly'] as const;
const FIRST_CRON = '30 3 * * *';
const MOST_KEPT = 10_000;

/** When an app, or without one every app that has no schedule of its own, is saved, and which backups stay. */
export function ScheduleForm({
  appName,
  schedule,
  onClose,
}: {
  readonly appName: string | null;
  readonly schedule: Schedule;
  onClose(): void;
}) {
  const text = useText();
  const client = useClient();
  const [kind, setKind] = useState<Kind>(kindOf(appName, schedule));
  const [words, setWords] = useState({
    cron: schedule.cron ?? FIRST_CRON,
    timeZone: schedule.cron === null ? ownTimeZone() : schedule.timeZone,
  });
  const [rest, setRest] = useState({
    repository: schedule.repository,
    keepLast: schedule.keepLast,
    keepDaily: schedule.keepDaily,
    keepWeekly: schedule.keepWeekly,
    keepMonthly: schedule.keepMonthly,
    verify: schedule.verify,
  });
  const repositories = useQuery({
    queryKey: ['backup-repositories'],
    queryFn: ({ signal }) => client.backups.repositories({ signal }),
  });
  const save = useChange(
    scheduleKey(appName),
    () => {
      const { repository, ...kept } = rest;
      const own = { ...words, ...kept, ...(repository === null ? {} : { repository }) };
      if (kind === 'own') return client.backups.setSchedule(appName, own);
      return kind === 'never' && appName !== null
        ? client.backups.setSchedule(appName, { cron: null })
        : client.backups.removeSchedule(appName);
    },
    () => text('备份计划已保存', 'The schedule is saved'),
    onClose,
  );
  const problems = fieldProblems(save.error);
  const names = {
    keepLast: text('最近的备份（个）', 'Last backups'),
    keepDaily: text('每天一个（天）', 'Days'),
    keepWeekly: text('每周一个（周）', 'Weeks'),
    keepMonthly: text('每月一个（月）', 'Months'),
  };
  const kinds = [
    ...(appName === null ? [] : [{ value: 'default', label: text('按默认计划', 'As the default has it') }]), // prettier-ignore
    { value: 'own', label: appName === null ? text('定时备份', 'At these times') : text('自己的计划', 'A schedule of its own') }, // prettier-ignore
    { value: 'never', label: text('从不', 'Never') },
  ];
  return (
    <Confirm
      opened
      title={
        appName === null
          ? text('默认备份计划', 'Default backup schedule')
          : text('备份计划', 'Backup schedule')
      }
      action={text('保存', 'Save')}
      busy={save.isPending}
      error={save.error}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <Select
        label={text('自动备份', 'Saved by itself')}
        data={kinds}
        value={kind}
        allowDeselect={false}
        onChange={(value) => setKind(value as Kind)}
      />
      {kind === 'own' && (
        <Stack gap="sm">
          <CronFields label={text('时间', 'When')} value={words} onChange={setWords} />
          <SimpleGrid cols={2} spacing="xs">
            {KEPT.map((name) => (
              <NumberInput
                key={name}
                label={names[name]}
                min={0}
                max={MOST_KEPT}
                allowDecimal={false}
                error={problems[name]}
                value={rest[name]}
                onChange={(value) => setRest((all) => ({ ...all, [name]: Number(value) }))}
              />
            ))}
          </SimpleGrid>
          <Select
            label={text('备份仓库', 'Repository')}
            clearable
            placeholder={text('第一个', 'The first one')}
            data={repositories.data?.map(({ name }) => name) ?? []}
            value={rest.repository}
            error={problems['repository']}
            onChange={(repository) => setRest((all) => ({ ...all, repository }))}
          />
          <Switch
            label={text('每周校验最新的备份', 'Verify the newest backup each week')}
            checked={rest.verify}
            onChange={({ currentTarget }) => {
              const { checked: verify } = currentTarget;
              setRest((all) => ({ ...all, verify }));
            }}
          />
        </Stack>
      )}
    </Confirm>
  );
}

function kindOf(appName: string | null, { source, cron }: Schedule): Kind {
  if (appName === null) return cron === null ? 'never' : 'own';
  if (source !== 'app') return 'default';
  return cron === null ? 'never' : 'own';
}
