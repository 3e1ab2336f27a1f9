import { Button, Group, NumberInput, Select, Stack, Text as Words } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage, useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { CronFields, ownTimeZone } from '../../ui/cron-fields';
import { formatTime } from '../../ui/format';
import { fieldProblems } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

type Policy = Schema<'UpdatePolicyDto'>;

const FIRST = { cron: '30 3 * * 0', minutes: 120 };

/** What is done about updates of the app, and the way to change that; for administrators. */
export function UpdatePolicy({ appName }: { readonly appName: string }) {
  const { language, text } = useLanguage();
  const client = useClient();
  const [isOpen, setOpen] = useState(false);
  const policy = useQuery({
    queryKey: ['app', appName, 'update-policy'],
    queryFn: ({ signal }) => client.apps.updatePolicy(appName, { signal }),
  });
  if (!policy.data) return null;
  const { mode, cron, timeZone, minutes, nextAt, obstacle } = policy.data;
  const words = {
    hand: text('更新：手动，不提示', 'Updates: by hand, nobody is told'),
    told: text('更新：提示', 'Updates: told'),
    window: text(
      `更新：自动，${cron}（${timeZone}）起 ${minutes} 分钟内，下次 ${formatTime(nextAt, language)}`,
      `Updates: by itself, within ${minutes} minutes from ${cron} (${timeZone}), next ${formatTime(nextAt, language)}`,
    ),
  };
  return (
    <>
      <Group gap="xs" mt="xs">
        <Words size="sm" c="dimmed">
          {words[mode]}
        </Words>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(true)}>
          {text('更改方式', 'Change')}
        </Button>
      </Group>
      {obstacle && (
        <Words size="sm" c="orange" className="breakable">
          {text(`未自动升级：${obstacle}`, `Not upgraded by itself: ${obstacle}`)}
        </Words>
      )}
      {isOpen && <PolicyForm policy={policy.data} onClose={() => setOpen(false)} />}
    </>
  );
}

function PolicyForm({ policy, onClose }: { readonly policy: Policy; onClose(): void }) {
  const text = useText();
  const client = useClient();
  const { appName } = policy;
  const [mode, setMode] = useState<Policy['mode']>(policy.mode);
  const [words, setWords] = useState({
    cron: policy.cron ?? FIRST.cron,
    timeZone: policy.cron === null ? ownTimeZone() : policy.timeZone,
  });
  const [minutes, setMinutes] = useState(policy.minutes || FIRST.minutes);
  const save = useChange(
    ['app', appName, 'update-policy'],
    () =>
      client.apps.setUpdatePolicy(
        appName,
        mode === 'window' ? { mode, ...words, minutes } : { mode },
      ),
    () => text('更新方式已保存', 'The policy is saved'),
    onClose,
  );
  const problems = fieldProblems(save.error);
  return (
    <Confirm
      opened
      title={text('更新方式', 'What is done about updates')}
      action={text('保存', 'Save')}
      busy={save.isPending}
      error={save.error}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <Select
        label={text('方式', 'Policy')}
        data={[
          { value: 'hand', label: text('手动，不提示', 'By hand, nobody is told') },
          { value: 'told', label: text('提示，手动升级', 'Told, upgraded by hand') },
          { value: 'window', label: text('在时段内自动升级', 'By itself in a window') },
        ]}
        value={mode}
        allowDeselect={false}
        onChange={(value) => setMode(value as Policy['mode'])}
      />
      {mode === 'window' && (
        <Stack gap="sm">
          <CronFields
            label={text('时段开始', 'The window opens')}
            value={words}
            onChange={setWords}
          />
          <NumberInput
            label={text('时段长度（分钟）', 'It stays open for so many minutes')}
            min={1}
            max={10_080}
            allowDecimal={false}
            value={minutes}
            error={problems['minutes']}
            onChange={(value) => setMinutes(Number(value))}
          />
          <Words size="sm">
            {text(
              '与手动升级相同：先备份并校验，失败时全部恢复。需要填写新变量的更新不会自动进行；同一更新只尝试一次。',
              'The same way as by hand: saved and verified before, and everything returned where it fails. An update that wants a value is left alone, and none is tried twice.',
            )}
          </Words>
        </Stack>
      )}
    </Confirm>
  );
}
