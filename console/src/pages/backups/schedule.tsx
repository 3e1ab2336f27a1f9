import { Button, Group, Text as Words } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage } from '../../app/language';
import { useClient } from '../../app/session';
import { formatTime } from '../../ui/format';
import { Loaded } from '../../ui/problem';
import { ScheduleForm } from './schedule-form';
import { scheduleKey } from './schedule-key';

type Schedule = Schema<'BackupScheduleDto'>;

/** When an app, or without one all apps by default, is saved by itself; and the way to change that. */
export function BackupSchedule({ appName }: { readonly appName: string | null }) {
  const { text } = useLanguage();
  const client = useClient();
  const [isOpen, setOpen] = useState(false);
  const schedule = useQuery({
    queryKey: scheduleKey(appName),
    queryFn: ({ signal }) => client.backups.schedule(appName, { signal }),
  });
  return (
    <Loaded query={schedule}>
      {(data) => (
        <div>
          <Group gap="xs">
            <Words size="sm" c="dimmed">
              <Summary schedule={data} />
            </Words>
            <Button size="compact-xs" variant="default" onClick={() => setOpen(true)}>
              {text('修改计划', 'Change schedule')}
            </Button>
          </Group>
          {data.failure && (
            <Words size="sm" c="red">
              {data.failure}
            </Words>
          )}
          {isOpen && (
            <ScheduleForm appName={appName} schedule={data} onClose={() => setOpen(false)} />
          )}
        </div>
      )}
    </Loaded>
  );
}

function Summary({ schedule }: { readonly schedule: Schedule }) {
  const { language, text } = useLanguage();
  const { appName, cron, timeZone, nextAt, source } = schedule;
  const { keepLast, keepDaily, keepWeekly, keepMonthly } = schedule;
  if (cron === null) {
    return source === 'app'
      ? text('从不自动备份。', 'Never saved by itself.')
      : text('没有定时备份。', 'Not saved by itself.');
  }
  const next = formatTime(nextAt, language);
  const kept = [
    keepLast > 0 && text(`最近 ${keepLast} 个`, `${keepLast} last`),
    keepDaily > 0 && text(`${keepDaily} 天`, `${keepDaily} days`),
    keepWeekly > 0 && text(`${keepWeekly} 周`, `${keepWeekly} weeks`),
    keepMonthly > 0 && text(`${keepMonthly} 月`, `${keepMonthly} months`),
  ].filter((part) => part !== false);
  const stay = kept.length === 0 ? text('全部保留', 'all stay') : `${text('保留', 'kept:')} ${kept.join(', ')}`; // prettier-ignore
  const byDefault = appName !== null && source === 'default' ? text('（默认计划）', ' (the default)') : ''; // prettier-ignore
  return text(
    `定时备份 ${cron}（${timeZone}）${byDefault}，下次 ${next}，${stay}`,
    `Saved by itself: ${cron} (${timeZone})${byDefault}, next ${next}, ${stay}`,
  );
}
