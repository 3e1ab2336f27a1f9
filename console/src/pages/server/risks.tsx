import { Badge, Button, Card, Group, Stack, Text as Words, TextInput, Title } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

type Risk = Schema<'RiskDto'>;
const COLORS = { high: 'red', medium: 'orange', low: 'gray' } as const;
const ORDER = { high: 0, medium: 1, low: 2 } as const;

/** What endangers the machine, the gravest first: evidence, remedy, and accepting it with a reason. */
export function Risks() {
  const text = useText();
  const client = useClient();
  const [asked, setAsked] = useState<Risk | null>(null);
  const [reason, setReason] = useState('');
  const risks = useQuery({
    queryKey: ['risks'],
    queryFn: ({ signal }) => client.server.risks({ signal }),
  });
  const scan = useChange(
    ['risks'],
    () => client.server.scanRisks(),
    () => text('检查完成', 'The check is done'),
  );
  const accept = useChange(
    ['risks'],
    (id: string) => client.server.acknowledgeRisk(id, { reason: reason.trim() }),
    () => text('风险已接受', 'The risk is accepted'),
    () => setAsked(null),
  );
  const reopen = useChange(
    ['risks'],
    (id: string) => client.server.reopenRisk(id),
    () => text('风险已重新打开', 'The risk is open again'),
  );
  const names = { high: text('高', 'High'), medium: text('中', 'Medium'), low: text('低', 'Low') };
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {text('风险', 'Risks')}
        </Title>
        <Button size="xs" variant="default" loading={scan.isPending} onClick={() => scan.mutate()}>
          {text('立即检查', 'Check now')}
        </Button>
      </Group>
      <Loaded query={risks}>
        {(items) =>
          items.length === 0 ? (
            <Words c="dimmed">{text('没有发现风险。', 'No risk was found.')}</Words>
          ) : (
            <Stack gap="md">
              {[...items]
                .sort(
                  (a, b) =>
                    Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
                    ORDER[a.severity] - ORDER[b.severity],
                )
                .map((risk) => (
                  <div key={risk.id}>
                    <Group justify="space-between" wrap="nowrap" align="flex-start">
                      <div>
                        <Group gap="xs">
                          <Badge color={COLORS[risk.severity]} variant="light" tt="none">
                            {names[risk.severity]}
                          </Badge>
                          <Words fw={600} className="breakable">
                            {risk.subject}
                          </Words>
                        </Group>
                        <Words size="sm">{risk.evidence}</Words>
                        <Words size="sm" c="dimmed">
                          {risk.remedy}
                        </Words>
                        {risk.acknowledged && (
                          <Words size="xs" c="dimmed">
                            {text('已接受：', 'Accepted: ')}
                            {risk.acknowledged.reason} ({risk.acknowledged.by})
                          </Words>
                        )}
                      </div>
                      {risk.acknowledged ? (
                        <Button
                          size="compact-sm"
                          variant="default"
                          flex="none"
                          onClick={() => reopen.mutate(risk.id)}
                        >
                          {text('重新打开', 'Reopen')}
                        </Button>
                      ) : (
                        <Button
                          size="compact-sm"
                          variant="default"
                          flex="none"
                          onClick={() => {
                            setReason('');
                            setAsked(risk);
                          }}
                        >
                          {text('接受', 'Accept')}
                        </Button>
                      )}
                    </Group>
                  </div>
                ))}
            </Stack>
          )
        }
      </Loaded>
      <Confirm
        opened={asked !== null}
        title={text('接受这个风险？', 'Accept this risk?')}
        action={text('接受', 'Accept')}
        busy={accept.isPending}
        error={accept.error}
        onConfirm={() => asked && accept.mutate(asked.id)}
        onClose={() => setAsked(null)}
      >
        <TextInput
          label={text('理由', 'Reason')}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Confirm>
    </Card>
  );
}
