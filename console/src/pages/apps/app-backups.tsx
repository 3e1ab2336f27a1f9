import {
  Badge,
  Button,
  Group,
  Progress,
  Stack,
  Table,
  Text as Words,
  TextInput,
  Title,
} from '@mantine/core';
import { isBackupAtWork, type Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { formatBytes } from '../../ui/format';
import { useNotices } from '../../ui/notices';
import { fieldProblems, Loaded } from '../../ui/problem';
import { BackupSchedule } from '../backups/schedule';

type Backup = Schema<'BackupDto'>;
type Verb = 'restore' | 'verify' | 'cancel' | 'remove';

/** Backups of an app, also of one that is gone; for administrators. */
export function AppBackups({
  appName,
  installed,
}: {
  readonly appName: string;
  readonly installed: boolean;
}) {
  const text = useText();
  const client = useClient();
  const notices = useNotices();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<{ verb: 'restore' | 'remove'; backup: Backup } | null>(null);
  const [instance, setInstance] = useState('');
  const key = ['app', appName, 'backups'];
  const list = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => client.backups.list(appName, {}, { signal }),
  });
  const settled = () => queries.invalidateQueries({ queryKey: ['app', appName] });
  const save = useMutation({
    mutationFn: () => client.backups.save(appName),
    onError: (error) => notices.failed(error),
    onSettled: settled,
  });
  const act = useMutation({
    mutationFn: ({ verb, backup }: { verb: Verb; backup: Backup }) =>
      client.backups[verb](appName, backup.id, verb === 'restore' ? { instance } : {}),
    onSuccess: () => setAsked(null),
    onError: (error) => notices.failed(error),
    onSettled: settled,
  });
  const isBeside = asked?.verb === 'restore' && instance !== '';
  const busy = list.data?.items.some(isBackupAtWork) ?? false;
  if (!installed && list.data?.items.length === 0) return null;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {text('备份', 'Backups')}
        </Title>
        {installed && (
          <Button size="xs" loading={save.isPending} disabled={busy} onClick={() => save.mutate()}>
            {text('立即备份', 'Back up now')}
          </Button>
        )}
      </Group>
      {installed && <BackupSchedule appName={appName} />}
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
                      onAct={(verb) => {
                        setInstance('');
                        if (verb === 'restore' || verb === 'remove') setAsked({ verb, backup });
                        else act.mutate({ verb, backup });
                      }}
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
        danger={!isBeside}
        busy={act.isPending}
        error={act.error}
        onConfirm={() => asked && act.mutate(asked)}
        onClose={() => setAsked(null)}
      >
        <Words size="sm">
          {asked?.verb === 'restore'
            ? isBeside
              ? text(
                  '现在的应用不变；备份将作为单独的实例启动，有自己的端口。',
                  'The app stays as it is. The backup comes up as an instance of its own, with its own ports.',
                )
              : text(
                  '应用现在的数据将被替换；如果应用无法从备份启动，现在的数据会还原。',
                  'The present data of the app are replaced. If it does not come up from the backup, they are returned.',
                )
            : text('备份删除后无法找回。', 'A deleted backup cannot be brought back.')}
        </Words>
        {asked?.verb === 'restore' && (
          <TextInput
            mt="sm"
            label={text('作为新的实例（可选）', 'As a new instance (optional)')}
            description={text('小写字母、数字和 -', 'Lower-case letters, digits and -')}
            maxLength={32}
            value={instance}
            error={fieldProblems(act.error)['instance']}
            onChange={(event) => setInstance(event.currentTarget.value)}
          />
        )}
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
            consistencyText(text, backup.consistency),
            backup.repository,
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </Words>
        {(backup.started === 'no' || backup.started === 'not-tried') && (
          <Words size="xs" c={backup.started === 'no' ? 'red' : 'dimmed'}>
            {backup.started === 'no'
              ? text('应用不能从此备份启动：', 'The app does not start from it: ')
              : text('未试启动：', 'Not started: ')}
            {backup.startedReason}
          </Words>
        )}
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
              ? verifiedText(text, backup)
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

function consistencyText(
  text: (zh: string, en: string) => string,
  consistency: Backup['consistency'],
): string | null {
  if (consistency === null) return null;
  return consistency === 'hook'
    ? text('运行中由模板命令保存', 'saved while it ran, by commands of its template')
    : text('停止应用后复制', 'copied while it was stopped');
}

function verifiedText(text: (zh: string, en: string) => string, { started }: Backup): string {
  return started === 'yes'
    ? text('已校验，可启动', 'verified, starts')
    : text('已校验', 'verified');
}

function stateText(text: (zh: string, en: string) => string, state: Backup['state']): string {
  if (state === 'saved') return text('已保存', 'saved');
  return state === 'cancelled' ? text('已取消', 'cancelled') : text('失败', 'failed');
}
