import {
  Alert,
  Button,
  Card,
  Group,
  List,
  NativeSelect,
  Stack,
  Table,
  Text as Words,
  TextInput,
  Title,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { InvalidParameter, type Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useBilingual, useText } from '../../app/language';
import { useSwarmNodes } from '../../app/nodes';
import { useClient, useIsAdmin } from '../../app/session';
import { Form } from '../../ui/form';
import { formatBytes } from '../../ui/format';
import { fieldProblems, Loaded, Problem } from '../../ui/problem';
import { VariableField } from './variable-field';

type Details = Schema<'CatalogueAppDetailsDto'>;

/** The questions of an app, what an install would do, and the button; `isFirst`: nothing of it is installed yet. */
export function InstallForm({
  details,
  isFirst = true,
}: {
  readonly details: Details;
  readonly isFirst?: boolean;
}) {
  const text = useText();
  const bilingual = useBilingual();
  const client = useClient();
  const queries = useQueryClient();
  const isAdmin = useIsAdmin();
  const { appName } = details;
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [instance, setInstance] = useState('');
  const [node, setNode] = useState('');
  const nodes = useSwarmNodes();
  const navigate = useNavigate();
  const [planned] = useDebouncedValue(instance, 300);
  const usable = details.verdict === 'usable';
  const plan = useQuery({
    queryKey: ['app', appName, 'plan', planned, node],
    queryFn: ({ signal }) => client.apps.plan(appName, { instance: planned, node, signal }),
    enabled: usable && (isFirst || planned !== ''),
  });
  const install = useMutation({
    mutationFn: () => client.apps.install(appName, { variables: filled(values), instance, node }),
    onSuccess: async ({ appName: installed }) => {
      await queries.invalidateQueries({ queryKey: ['app', installed] });
      await navigate({ to: '/apps/$appName', params: { appName: installed } });
    },
  });
  const problems = fieldProblems(install.error);

  if (!usable)
    return (
      <Alert color="red" title={text('不能安装', 'Cannot be installed')}>
        <List size="sm">
          {details.problems.map(({ message, file, line }, index) => (
            <List.Item key={index}>
              {message} {file && `(${file}${line === null ? '' : `:${line}`})`}
            </List.Item>
          ))}
        </List>
      </Alert>
    );
  return (
    <Form onSubmit={() => install.mutate()}>
      <div className="columns">
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            {text('安装', 'Install')}
          </Title>
          <Stack>
            {details.tips && <Alert color="blue">{bilingual(details.tips)}</Alert>}
            {details.variables.length === 0 && (
              <Words size="sm" c="dimmed">
                {text('无需填写任何内容。', 'There is nothing to fill in.')}
              </Words>
            )}
            {details.variables.map((variable) => (
              <VariableField
                key={variable.name}
                variable={variable}
                value={values[variable.name] ?? ''}
                problem={problems[`variables.${variable.name}`]}
                onChange={(value) => setValues((all) => ({ ...all, [variable.name]: value }))}
              />
            ))}
            <TextInput
              label={text('实例名', 'Name of the instance')}
              description={
                isFirst
                  ? text(
                      '通常留空。填写后安装为单独的实例，有自己的端口、数据和密码。',
                      'Usually left empty. With a name it becomes an instance of its own, with its own ports, data and passwords.',
                    )
                  : text(
                      '小写字母、数字和 -；有自己的端口、数据和密码。',
                      'Lower-case letters, digits and -. It has its own ports, data and passwords.',
                    )
              }
              required={!isFirst}
              maxLength={32}
              value={instance}
              error={problems['instance']}
              onChange={(event) => setInstance(event.currentTarget.value)}
            />
            {nodes.length > 1 && (
              <NodeChoice
                nodes={nodes}
                value={node}
                problem={problems['node']}
                onChange={setNode}
              />
            )}
            {install.error && <Problem error={install.error} />}
            {isAdmin ? (
              <Button
                type="submit"
                loading={install.isPending}
                disabled={plan.isPending || instance !== planned || isHopeless(plan.data)}
              >
                {text('安装', 'Install')}
              </Button>
            ) : (
              <Alert color="gray">
                {text(
                  '只有管理员可以安装应用。请联系管理员。',
                  'Only administrators install apps. Ask one to do it.',
                )}
              </Alert>
            )}
          </Stack>
        </Card>
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            {text('安装计划', 'What will happen')}
          </Title>
          {!isFirst && planned === '' ? (
            <Words size="sm" c="dimmed">
              {text('填写实例名后显示。', 'Shown once the instance has a name.')}
            </Words>
          ) : plan.error instanceof InvalidParameter ? (
            <Words size="sm" c="dimmed">
              {text(
                '有必填项，填写后安装时检查。',
                'Some fields must be filled in. They are checked when you press Install.',
              )}
            </Words>
          ) : (
            <Loaded query={plan}>{(data) => <Plan plan={data} />}</Loaded>
          )}
        </Card>
      </div>
    </Form>
  );
}

function NodeChoice({
  nodes,
  value,
  problem,
  onChange,
}: {
  readonly nodes: readonly Schema<'NodeDto'>[];
  readonly value: string;
  readonly problem: string | undefined;
  onChange(node: string): void;
}) {
  const text = useText();
  const usable = nodes.filter((n) => n.state === 'ready' && n.availability === 'active');
  return (
    <NativeSelect
      label={text('节点', 'Node')}
      description={text(
        '通常不选：由 Swarm 安排，计划说明可用的节点和原因。有数据的应用在保存数据的节点上运行。',
        'Usually any: the Swarm chooses, and the plan says among which nodes and why. An app with data runs where the data is.',
      )}
      value={value}
      error={problem}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: text('任一节点', 'Any node') },
        ...usable.map(({ id, name, home }) => ({
          value: id,
          label: home ? text(`${name}（保存数据）`, `${name} (holds the data)`) : name,
        })),
      ]}
    />
  );
}

function Plan({ plan }: { readonly plan: Schema<'InstallPlanDto'> }) {
  const text = useText();
  const actions = {
    present: text('已有', 'present'),
    pull: text('下载', 'pull'),
    build: text('构建', 'build'),
  };
  const names = {
    engine: text('引擎', 'Engine'),
    'engine-version': text('Docker 版本', 'Docker version'),
    'not-installed': text('尚未安装', 'Not installed yet'),
    'container-name': text('容器名称', 'Container names'),
    networks: text('网络', 'Networks'),
    volumes: text('数据卷', 'Volumes'),
    placement: text('运行的节点', 'Nodes'),
    architecture: text('处理器架构', 'Architecture'),
    memory: text('内存', 'Memory'),
    variables: text('填写内容', 'Answers'),
    disk: text('磁盘', 'Disk'),
    ports: text('端口', 'Ports'),
    registry: text('镜像仓库', 'Registry'),
  };
  const marks = { ok: '✓', warning: '!', error: '✕' };
  const colors = { ok: 'teal', warning: 'orange', error: 'red' };
  const levels = {
    ok: text('通过', 'passed'),
    warning: text('注意', 'warning'),
    error: text('不通过', 'failed'),
  };
  return (
    <Stack gap="sm">
      <List listStyleType="none" size="sm" spacing={4}>
        {plan.checks.map(({ code, level, message }) => (
          <List.Item
            key={code + message}
            icon={
              <Words
                component="span"
                display="inline-block"
                w={16}
                ta="center"
                c={colors[level]}
                fw={700}
                aria-label={levels[level]}
                role="img"
              >
                {marks[level]}
              </Words>
            }
          >
            {names[code]}{' '}
            <Words span inherit c="dimmed">
              {message}
            </Words>
          </List.Item>
        ))}
      </List>
      <Table verticalSpacing={4} withRowBorders={false} layout="fixed">
        <Table.Tbody>
          {plan.images.map(({ reference, action, size }) => (
            <Table.Tr key={reference}>
              <Table.Td className="mono breakable">{reference}</Table.Td>
              <Table.Td w={130}>
                {actions[action]} {size !== null && formatBytes(size)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="lg">
        {plan.ports.map(({ service, containerPort, hostPort, role }) => (
          <Words size="sm" key={`${service}${containerPort}`}>
            {role === 'database' ? text('数据库端口', 'Database port') : text('端口', 'Port')}{' '}
            <b>{hostPort ?? '–'}</b>{' '}
            <Words span inherit c="dimmed">
              → {service}:{containerPort}
            </Words>
          </Words>
        ))}
        <Words size="sm">
          {text('容器', 'Containers')} <b>{plan.containers.length}</b>
        </Words>
        <Words size="sm">
          {text('数据卷', 'Volumes')} <b>{plan.volumes.length}</b>
        </Words>
        {plan.shared.length > 0 && (
          <Words size="sm">
            {text('与其他应用共用', 'Shared with other apps')}{' '}
            <span className="mono breakable">{plan.shared.join(' ')}</span>
          </Words>
        )}
      </Group>
    </Stack>
  );
}

/** Whether a check failed that no answer in the form can mend. */
function isHopeless(plan: Schema<'InstallPlanDto'> | undefined): boolean {
  return plan?.checks.some(({ code, level }) => level === 'error' && code !== 'variables') ?? false;
}

/** Fields that were left empty take the template's default or are generated. */
function filled(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}
