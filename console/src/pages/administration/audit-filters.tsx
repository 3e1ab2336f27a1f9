import { Group, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { QueryOf, Schema } from '@stackscape/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';

/** As typed; what is empty does not filter. Days are those of this device. */
export const NO_FILTER = {
  action: '',
  actor: '',
  target: '',
  ip: '',
  outcome: '',
  from: '',
  to: '',
};
export type AuditFilter = typeof NO_FILTER;

export function auditQuery({ from, to, outcome, ...words }: AuditFilter): QueryOf<'listAudit'> {
  const typed = Object.entries(words).map(([name, value]) => [name, value.trim()] as const);
  return {
    ...Object.fromEntries(typed.filter(([, value]) => value !== '')),
    ...(outcome === '' ? {} : { outcome: outcome as Schema<'AuditOutcome'> }),
    ...(from === '' ? {} : { from: startOf(from) }),
    ...(to === '' ? {} : { to: startOf(to, 1) }),
  };
}

/** Midnight of this device before or after a day, in milliseconds since the epoch. */
function startOf(day: string, daysLater = 0): number {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + daysLater);
  return date.getTime();
}

export function AuditFilters({
  value,
  onChange,
}: {
  readonly value: AuditFilter;
  readonly onChange: (change: Partial<AuditFilter>) => void;
}) {
  const text = useText();
  const words = (name: 'action' | 'target' | 'ip', label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={value[name]}
      onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
    />
  );
  const day = (name: 'from' | 'to', label: string) => (
    <TextInput
      type="date"
      label={label}
      value={value[name]}
      onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
    />
  );
  return (
    <Group mb="md" gap="sm" align="flex-end">
      {words('action', text('操作', 'Action'), 'user.registered')}
      <Actor value={value.actor} onChange={(actor) => onChange({ actor })} />
      {words('target', text('对象', 'On'), text('应用、地址或 uid', 'app, address or uid'))}
      {words('ip', text('来源地址', 'Address'), '203.0.113.7')}
      <Select
        w="9rem"
        label={text('结果', 'Outcome')}
        allowDeselect={false}
        value={value.outcome}
        onChange={(outcome) => onChange({ outcome: outcome ?? '' })}
        data={[
          { value: '', label: text('全部结果', 'Any outcome') },
          { value: 'done', label: text('已执行', 'Done') },
          { value: 'refused', label: text('被拒绝', 'Refused') },
        ]}
      />
      {day('from', text('从', 'From'))}
      {day('to', text('到', 'Up to'))}
    </Group>
  );
}

/** A user, found by a part of the name. */
function Actor({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (uid: string) => void;
}) {
  const text = useText();
  const client = useClient();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 200);
  const users = useQuery({
    queryKey: ['users', 'of-audit', search],
    queryFn: ({ signal }) =>
      client.users.list({ limit: 20, ...(search ? { search } : {}) }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      label={text('操作者', 'By')}
      placeholder={text('任何人', 'Anybody')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': text('清除', 'Clear') }}
      nothingFoundMessage={text('没有这个用户', 'No such user')}
      data={(users.data?.items ?? []).map(({ uid, user_name }) => ({
        value: uid,
        label: user_name,
      }))}
      // The server has searched already, by its own rules.
      filter={({ options }) => options}
      onSearchChange={setTyped}
      value={value === '' ? null : value}
      onChange={(uid) => onChange(uid ?? '')}
    />
  );
}
