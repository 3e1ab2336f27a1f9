import { List, Stack, Text as Words, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useLanguage } from '../app/language';
import { useClient } from '../app/session';
import { formatTime } from './format';
import { fieldProblems, sentenceOf } from './problem';

/** Words of cron and the zone in which they are meant. */
export interface CronWords {
  readonly cron: string;
  readonly timeZone: string;
}

/** The zone of the machine that looks at the page. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Words of cron, their time zone, and the next three times at which they come true, as the server reckons. */
export function CronFields({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: CronWords;
  onChange(value: CronWords): void;
}) {
  const { language, text } = useLanguage();
  const client = useClient();
  const [asked] = useDebouncedValue(value, 250);
  const times = useQuery({
    queryKey: ['cron-times', asked.cron, asked.timeZone],
    queryFn: ({ signal }) => client.backups.times(asked.cron, asked.timeZone, { signal }),
    enabled: asked.cron.trim() !== '',
    staleTime: 30_000,
  });
  const problems = fieldProblems(times.error);
  const isOther = times.error !== null && !problems['cron'] && !problems['timeZone'];
  return (
    <Stack gap="xs">
      <TextInput
        label={label}
        description={text(
          '分 时 日 月 周，例如 30 3 * * *；或 @daily、@weekly',
          'minute hour day month weekday, such as 30 3 * * *; or @daily, @weekly',
        )}
        className="mono"
        required
        value={value.cron}
        error={problems['cron']}
        onChange={(event) => onChange({ ...value, cron: event.currentTarget.value })}
      />
      <TextInput
        label={text('时区', 'Time zone')}
        required
        value={value.timeZone}
        error={problems['timeZone']}
        onChange={(event) => onChange({ ...value, timeZone: event.currentTarget.value })}
      />
      <div role="status">
        {isOther && (
          <Words size="sm" c="red">
            {sentenceOf(times.error, text)}
          </Words>
        )}
        {times.data && (
          <>
            <Words size="sm" c="dimmed">
              {text(
                '接下来的三次（本机时间）：',
                'The next three times, in the time of this device:',
              )}
            </Words>
            <List size="sm">
              {times.data.map((time) => (
                <List.Item key={time}>{formatTime(time, language)}</List.Item>
              ))}
            </List>
          </>
        )}
      </div>
    </Stack>
  );
}
