import { Badge, Button, Card, Group, List, Stack, Text as Words, Title } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useIsAdmin } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { fieldProblems } from '../../ui/problem';
import { useChange } from '../../ui/use-change';
import type { AppInfo } from './app-status';
import { UpdatePolicy } from './update-policy';
import { VariableField } from './variable-field';

type Update = Schema<'AppUpdateDto'>;
type Details = Schema<'CatalogueAppDetailsDto'>;

const UPDATES = ['apps', 'updates'];

/** What upgrades would change; asked for anew after each event. */
export function useUpdates() {
  const client = useClient();
  return useQuery({
    queryKey: UPDATES,
    queryFn: ({ signal }) => client.apps.updates({ signal }),
  });
}

/** The mark of an app that can be upgraded. */
export function UpdateBadge({ update }: { readonly update: Update | undefined }) {
  const text = useText();
  if (!update?.available || update.obstacle || update.mode === 'hand') return null;
  return (
    <Badge color="blue" variant="light" tt="none">
      {text('有更新', 'Update')}
    </Badge>
  );
}

/** What an upgrade would change, and the way to it. */
export function AppUpdate({
  info,
  details,
}: {
  readonly info: AppInfo;
  readonly details: Details | null;
}) {
  const text = useText();
  const isAdmin = useIsAdmin();
  const client = useClient();
  const updates = useUpdates();
  const [asked, setAsked] = useState(false);
  const update = updates.data?.find(({ appName }) => appName === info.appName);
  const check = useChange(
    UPDATES,
    () => client.apps.checkUpdates(),
    () =>
      text(
        '正在后台查询镜像仓库，结果稍后显示。',
        'The registries are asked in the background. What comes of it shows here shortly.',
      ),
  );
  if (!update) return null;
  const { available, obstacle, changes, version, images } = update;
  const unknown = images.filter(({ reason }) => reason !== null);
  return (
    <Card withBorder>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {text('更新', 'Updates')}
        </Title>
        {isAdmin && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              loading={check.isPending}
              onClick={() => check.mutate()}
            >
              {text('重新查询', 'Check again')}
            </Button>
            {available && (
              <Button size="xs" disabled={obstacle !== null} onClick={() => setAsked(true)}>
                {version.to !== null && version.to !== version.from
                  ? text(`升级到 ${version.to}`, `Upgrade to ${version.to}`)
                  : text('升级', 'Upgrade')}
              </Button>
            )}
          </Group>
        )}
      </Group>
      {available ? (
        <Changes changes={changes} />
      ) : (
        <Words size="sm" c="dimmed">
          {text('没有更新。', 'There is no update.')}
        </Words>
      )}
      {obstacle && (
        <Words size="sm" c="red" mt="xs" className="breakable">
          {obstacle}
        </Words>
      )}
      {unknown.map(({ service, to, reason }) => (
        <Words key={service} size="xs" c="dimmed" mt={4} className="breakable">
          {text(
            `${service} 的镜像 ${to ?? ''} 是否有更新未知：${reason}`,
            `Not known whether ${to ?? ''} of ${service} is newer: ${reason}`,
          )}
          {/* prettier-ignore */}
        </Words>
      ))}
      {isAdmin && <UpdatePolicy appName={info.appName} />}
      {asked && <Upgrade update={update} details={details} onClose={() => setAsked(false)} />}
    </Card>
  );
}

function Changes({ changes }: { readonly changes: readonly string[] }) {
  return (
    <List size="sm">
      {changes.map((change) => (
        <List.Item key={change} className="breakable">
          {change}
        </List.Item>
      ))}
    </List>
  );
}

/** Says what will happen, and asks for the values that are missing. */
function Upgrade({
  update,
  details,
  onClose,
}: {
  readonly update: Update;
  readonly details: Details | null;
  onClose(): void;
}) {
  const text = useText();
  const client = useClient();
  const queries = useQueryClient();
  const { appName } = update;
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const upgrade = useMutation({
    mutationFn: () =>
      client.call('upgradeApp', { path: { appName }, body: { variables: { ...values } } }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['app', appName] }),
  });
  const problems = fieldProblems(upgrade.error);
  const missing = update.variables.filter(({ problem }) => problem !== null);
  const fields = missing.flatMap(
    ({ name }) => details?.variables.find((variable) => variable.name === name) ?? [],
  );
  return (
    <Confirm
      opened
      title={text('升级应用？', 'Upgrade this app?')}
      action={text('升级', 'Upgrade')}
      busy={upgrade.isPending}
      error={upgrade.error}
      onConfirm={() => upgrade.mutate()}
      onClose={onClose}
    >
      <Stack gap="sm">
        <Changes changes={update.changes} />
        {fields.map((variable) => (
          <VariableField
            key={variable.name}
            variable={variable}
            value={values[variable.name] ?? ''}
            problem={problems[`variables.${variable.name}`]}
            onChange={(value) => setValues((all) => ({ ...all, [variable.name]: value }))}
          />
        ))}
        <Words size="sm">
          {text(
            '先备份并校验，再按目录中的当前模板重新创建；失败时旧版本和升级前的数据都会恢复。',
            'The app is saved and the backup verified, then it is made anew from the template as it is now. If that fails, the old version and its data come back.',
          )}
        </Words>
      </Stack>
    </Confirm>
  );
}
