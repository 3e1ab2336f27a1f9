import { Badge, Button, Group, Progress, Stack, Table, Text as Words, Title } from '@mantine/core';
import { isBackupAtWork, type Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { formatBytes } from '../../ui/format';
import { useNotices } from '../../ui/notices';
import { Loaded } from '../../ui/problem';

type Backup = Schema<'BackupDto'>;
type Verb = 'restore' | 'verify' | 'cancel' | 'remove';

const AT_WORK_EVERY_MS = 1_000;
const AT_REST_EVERY_MS = 30_000;

/** Backups of an app; for administrators. */
export function AppBackups({ appName }: { readonly appName: string }) {
  const text = useText();
  const client = useClient();
  const notices = useNotices();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<{ verb: 'restore' | 'remove'; backup: Backup } | null>(null);
  const key = ['app', appName, 'backups'];
  const list = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => client.backups.list(appName, {}, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.items.some(isBackupAtWork) ? AT_WORK_EVERY_MS : AT_REST_EVERY_MS,
  });
  const settled = () => queries.invalidateQueries({ queryKey: ['app', appName] });
  const save = useMutation({
    mutationFn: () => client.backups.save(appName),
    onError: (error) => notices.failed(error),
    onSettled: settled,
  });
  const act = useMutation({
    mutationFn: ({ verb, backup }: { verb: Verb; backup: Backup }) =>
      client.backups[verb](appName, backup.id),
    onSuccess: () => setAsked(null),
    onError: (error) => notices.failed(error),
    onSettled: settled,
  });
  const busy = list.data?.items.some(isBackupAtWork) ?? false;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {text('备份', 'Backups')}
        </Title>
        <Button size="xs" loading={save.isPending} disabled={busy} onClick={() => save.mutate()}>
          {text('立即备份', 'Back up now')}
        </Button>
      </Group>
      <Loaded query={list}>
        {({ items }) =>
          items.length === 0 ? (
            <Words size="sm" c="dimmed">
              {text(
                '还没有备份。备份包含数据卷、应用文件夹、参数和密码；复制数据时应用会短暂停止。',
                'No backup yet. One holds the volumes, the folder, the values and the passwords; the app is stopped while its data are copied.',
              )}
            </Words>
          ) : (
            <Table.ScrollContainer minWidth={560}>
              <Table>
                <Table.Tbody>
                  {items.map((backup) => (
                    <Row
                      key={backup.id}
                      backup={backup}
                      busy={busy || act.isPending}
                      onAct={(verb) =>
                        verb === 'restore' || verb === 'remove'
                          ? setAsked({ verb, backup })
                          : act.mutate({ verb, backup })
                      }
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      <Confirm
        opened={asked !== null}
        title={
          asked?.verb === 'restore'
            ? text('从备份恢复？', 'Restore this backup?')
            : text('删除备份？', 'Delete this backup?')
        }
        action={asked?.verb === 'restore' ? text('恢复', 'Restore') : text('删除', 'Delete')}
        danger
        busy={act.isPending}
        error={act.error}
        onConfirm={() => asked && act.mutate(asked)}
        onClose={() => setAsked(null)}
      >
        <Words size="sm">
          {asked?.verb === 'restore'
            ? text(
                '应用现在的数据将被替换；如果应用无法从备份启动，现在的数据会还原。',
                'The present data of the app are replaced. If it does not come up from the backup, they are returned.',
              )
            : text('备份删除后无法找回。', 'A deleted backup cannot be brought back.')}
        </Words>
      </Confirm>
    </Stack>
  );
}

function Row({
  backup,
  busy,
  onAct,
}: {
  readonly backup: Backup;
  readonly busy: boolean;
  onAct(verb: Verb): void;
}) {
  const text = useText();
  const atWork = isBackupAtWork(backup);
  const { bytesDone, bytesTotal, secondsLeft } = backup;
  return (
    <Table.Tr>
      <Table.Td>
        <Words size="sm">{new Date(backup.createdAt).toLocaleString()}</Words>
        <Words size="xs" c="dimmed">
          {[
            backup.size === null ? null : formatBytes(backup.size),
            backup.downtime === null
              ? null
              : text(
                  `停机 ${(backup.downtime / 1000).toFixed(1)} 秒`,
                  `${(backup.downtime / 1000).toFixed(1)} s downtime`,
                ),
            backup.repository,
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </Words>
        {backup.failure && (
          <Words size="xs" c="red">
            {backup.failure}
          </Words>
        )}
      </Table.Td>
      <Table.Td>
        {atWork ? (
          <>
            <Words size="sm">
              {`${backup.state} · ${backup.phase}`}
              {secondsLeft !== null &&
                text(` · 剩余 ${secondsLeft} 秒`, ` · ${secondsLeft} s left`)}
            </Words>
            <Progress
              aria-label={text('进度', 'Progress')}
              value={bytesTotal > 0 ? (100 * bytesDone) / bytesTotal : 0}
            />
          </>
        ) : (
          <Badge variant="default">
            {backup.state === 'saved' && backup.verifiedAt
              ? text('已校验', 'verified')
              : stateText(text, backup.state)}
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {atWork && backup.state !== 'removing' && (
            <Button size="compact-xs" variant="default" onClick={() => onAct('cancel')}>
              {text('取消', 'Cancel')}
            </Button>
          )}
          {backup.state === 'saved' && (
            <>
              <Button
                size="compact-xs"
                variant="default"
                disabled={busy}
                onClick={() => onAct('restore')}
              >
                {text('恢复', 'Restore')}
              </Button>
              <Button
                size="compact-xs"
                variant="default"
                disabled={busy}
                onClick={() => onAct('verify')}
              >
                {text('校验', 'Verify')}
              </Button>
            </>
          )}
          {!atWork && (
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              disabled={busy}
              onClick={() => onAct('remove')}
            >
              {text('删除', 'Delete')}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function stateText(text: (zh: string, en: string) => string, state: Backup['state']): string {
  if (state === 'saved') return text('已保存', 'saved');
  return state === 'cancelled' ? text('已取消', 'cancelled') : text('失败', 'failed');
}
