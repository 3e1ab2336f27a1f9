import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Card,
  CopyButton,
  Group,
  Stack,
  Table,
  Text as Words,
  Title,
} from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useText } from '../../app/language';
import { useSwarmNodes } from '../../app/nodes';
import { useClient, useIsAdmin } from '../../app/session';
import { Problem } from '../../ui/problem';
import { addressOf } from './app-address';
import type { AppInfo } from './app-status';

/** Why it is as it is, where it answers, how to sign in to it. */
export function AppSummary({
  info,
  details,
}: {
  readonly info: AppInfo;
  readonly details: Schema<'CatalogueAppDetailsDto'> | null;
}) {
  const text = useText();
  const isAdmin = useIsAdmin();
  const address = addressOf(info, details);
  const homes = useSwarmNodes()
    .filter(({ apps }) => apps.some(({ appName }) => appName === info.appName))
    .map(({ name }) => name);
  return (
    <Stack>
      {info.status === '2' && (
        <Alert color="red" title={text('应用出现故障', 'The app has failed')} role="alert">
          <Words size="sm" className="breakable">
            {info.info}
          </Words>
          {info.logs.length > 0 && (
            <div className="log" tabIndex={0} style={{ marginTop: 8 }}>
              {info.logs.join('\n')}
            </div>
          )}
        </Alert>
      )}
      {info.status === '1' && info.info !== '' && (
        <Alert color="orange" className="breakable">
          {info.info}
        </Alert>
      )}
      <Card withBorder>
        <Title order={2} size="h4" mb="xs">
          {text('访问', 'Access')}
        </Title>
        <Table withRowBorders={false} verticalSpacing={4}>
          <Table.Tbody>
            {address && (
              <Row name={text('地址', 'Address')}>
                <Anchor href={address} target="_blank" rel="noreferrer noopener">
                  {address}
                </Anchor>
              </Row>
            )}
            {info.db_port && <Row name={text('数据库端口', 'Database port')}>{info.db_port}</Row>}
            {homes.length > 0 && <Row name={text('节点', 'Node')}>{homes.join(', ')}</Row>}
            <Row name={text('主容器', 'Main container')}>
              <span className="mono">{info.containerName}</span>
            </Row>
            {details?.login?.user && (
              <Row name={text('初始用户名', 'First user')}>{details.login.user}</Row>
            )}
          </Table.Tbody>
        </Table>
        {isAdmin && <Credentials appName={info.appName} />}
      </Card>
    </Stack>
  );
}

function Credentials({ appName }: { readonly appName: string }) {
  const text = useText();
  const client = useClient();
  const secrets = useMutation({ mutationFn: () => client.apps.secrets(appName) });
  if (!secrets.data)
    return (
      <Stack gap="xs" mt="xs" align="flex-start">
        <Button
          size="xs"
          variant="default"
          loading={secrets.isPending}
          onClick={() => secrets.mutate()}
        >
          {text('显示密码', 'Show passwords')}
        </Button>
        {secrets.error && <Problem error={secrets.error} />}
      </Stack>
    );
  return (
    <Stack gap="xs" mt="xs">
      {secrets.data.length === 0 ? (
        <Words size="sm" c="dimmed">
          {text('没有生成的密码。', 'No password was generated.')}
        </Words>
      ) : (
        <Table withRowBorders={false} verticalSpacing={4}>
          <Table.Tbody>
            {secrets.data.map(({ name, value }) => (
              <Row key={name} name={name}>
                <Group gap="xs" wrap="nowrap">
                  <span className="mono breakable">{value}</span>
                  <Copy value={value} />
                </Group>
              </Row>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => secrets.reset()}>
          {text('隐藏', 'Hide')}
        </Button>
        <Words size="xs" c="dimmed">
          {text('每次查看都会记入审计日志。', 'Each look is in the audit log.')}
        </Words>
      </Group>
    </Stack>
  );
}

function Copy({ value }: { readonly value: string }) {
  const text = useText();
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          color={copied ? 'teal' : 'gray'}
          onClick={copy}
          aria-label={text('复制', 'Copy')}
        >
          {copied ? '✓' : '⧉'}
        </ActionIcon>
      )}
    </CopyButton>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={{ base: 110, sm: 160 }} px={{ base: 0, sm: 'xs' }} fw={500} c="dimmed">
        {name}
      </Table.Th>
      <Table.Td px={{ base: 0, sm: 'xs' }}>{children}</Table.Td>
    </Table.Tr>
  );
}
