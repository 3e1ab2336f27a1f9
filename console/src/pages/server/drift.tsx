import { Button, Card, Group, List, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

/** Where the list of apps and the engine disagree, and the repair. */
export function Drift() {
  const text = useText();
  const client = useClient();
  const [asked, setAsked] = useState(false);
  const drift = useQuery({
    queryKey: ['drift'],
    queryFn: ({ signal }) => client.apps.drift({ signal }),
  });
  const repair = useChange(
    ['drift'],
    () => client.apps.repairDrift(),
    () => text('修复完成', 'The repair is done'),
    () => setAsked(false),
  );
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {text('偏差', 'Drift')}
        </Title>
        {(drift.data?.length ?? 0) > 0 && (
          <Button size="xs" onClick={() => setAsked(true)}>
            {text('修复', 'Repair')}
          </Button>
        )}
      </Group>
      <Loaded query={drift}>
        {(findings) =>
          findings.length === 0 ? (
            <Words c="dimmed">{text('应用与 Docker 一致。', 'Apps and Docker agree.')}</Words>
          ) : (
            <List size="sm">
              {findings.map(({ kind, subject, message }) => (
                <List.Item key={kind + subject}>
                  {message} <span className="mono">{subject}</span>
                </List.Item>
              ))}
            </List>
          )
        }
      </Loaded>
      <Confirm
        opened={asked}
        title={text('修复偏差？', 'Repair the drift?')}
        action={text('修复', 'Repair')}
        busy={repair.isPending}
        error={repair.error}
        onConfirm={() => repair.mutate()}
        onClose={() => setAsked(false)}
      >
        <Words size="sm">
          {text(
            '上面列出的每一项都会按其处理办法修复。',
            'Every finding of the list is mended by its remedy.',
          )}
        </Words>
      </Confirm>
    </Card>
  );
}
