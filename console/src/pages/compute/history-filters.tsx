import { Group, Select, TextInput } from '@mantine/core';
import type { QueryOf } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';

export type HistoryFilter = Pick<QueryOf<'queryHistory'>, 'pid' | 'model' | 'hcc' | 'from' | 'to'>;

/** Which records of the history are shown; what is empty does not filter. */
export function HistoryFilters({
  value,
  onChange,
}: {
  readonly value: HistoryFilter;
  readonly onChange: (filter: HistoryFilter) => void;
}) {
  const text = useText();
  const client = useClient();
  const models = useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => client.compute.models({ signal }),
  });
  const change = (part: { [K in keyof HistoryFilter]: HistoryFilter[K] | null }): void =>
    onChange(
      Object.fromEntries(
        Object.entries({ ...value, ...part }).filter(
          ([, chosen]) => chosen !== null && chosen !== '',
        ),
      ),
    );
  const day = (name: 'from' | 'to', label: string) => (
    <TextInput
      type="date"
      label={label}
      value={value[name]?.slice(0, 10) ?? ''}
      onChange={({ currentTarget }) =>
        change({ [name]: currentTarget.value && `${currentTarget.value}T00:00:00Z` })
      }
    />
  );
  return (
    <Group align="flex-end" gap="xs">
      <TextInput
        label={text('患者', 'Patient')}
        w="8rem"
        inputMode="numeric"
        value={value.pid ?? ''}
        onChange={({ currentTarget }) =>
          /^\d{0,15}$/.test(currentTarget.value) && change({ pid: currentTarget.value })
        }
      />
      <Select
        label={text('确诊', 'Confirmed')}
        w="9rem"
        clearable
        clearButtonProps={{ 'aria-label': text('清除', 'Clear') }}
        data={[
          { value: 'true', label: 'HCC' },
          { value: 'false', label: text('非 HCC', 'not HCC') },
          { value: 'none', label: text('未确诊', 'not confirmed') },
        ]}
        value={value.hcc ?? null}
        onChange={(hcc) => change({ hcc: hcc as HistoryFilter['hcc'] | null })}
      />
      <Select
        label={text('模型', 'Model')}
        clearable
        clearButtonProps={{ 'aria-label': text('清除', 'Clear') }}
        data={models.data?.models.map(({ id }) => id) ?? []}
        value={value.model ?? null}
        onChange={(model) => change({ model })}
      />
      {day('from', text('从（UTC）', 'From (UTC)'))}
      {day('to', text('到（UTC，不含）', 'Before (UTC)'))}
    </Group>
  );
}
