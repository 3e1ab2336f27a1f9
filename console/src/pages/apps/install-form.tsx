import {
  Alert,
  Button,
  Card,
  Group,
  List,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Table,
  Text as Words,
  TextInput,
  Title,
} from '@mantine/core';
import { InvalidParameter, type Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useBilingual, useText } from '../../app/language';
import { useClient, useIsAdmin } from '../../app/session';
import { formatBytes } from '../../ui/format';
import { fieldProblems, Loaded, Problem } from '../../ui/problem';

type Details = Schema<'CatalogueAppDetailsDto'>;
type Variable = Schema<'CatalogueVariableDto'>;

/** The questions of an app, what an install would do, and the button. */
export function InstallForm({ details }: { readonly details: Details }) {
  const text = useText();
  const bilingual = useBilingual();
  const client = useClient();
  const queries = useQueryClient();
  const isAdmin = useIsAdmin();
  const { appName } = details;
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const usable = details.verdict === 'usable';
  const plan = useQuery({
    queryKey: ['app', appName, 'plan'],
    queryFn: ({ signal }) => client.apps.plan(appName, { signal }),
    enabled: usable,
  });
  const install = useMutation({
    mutationFn: () => client.apps.install(appName, { variables: filled(values) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['app', appName] }),
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
    <form
      onSubmit={(event) => {
        event.preventDefault();
        install.mutate();
      }}
    >
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
            {install.error && <Problem error={install.error} />}
            {isAdmin ? (
              <Button
                type="submit"
                loading={install.isPending}
                disabled={plan.isPending || isHopeless(plan.data)}
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
          {plan.error instanceof InvalidParameter ? (
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
    </form>
  );
}

function VariableField({
  variable,
  value,
  problem,
  onChange,
}: {
  readonly variable: Variable;
  readonly value: string;
  readonly problem: string | undefined;
  onChange(value: string): void;
}) {
  const text = useText();
  const bilingual = useBilingual();
  const common = {
    label: bilingual(variable.title),
    description: variable.description ? bilingual(variable.description) : undefined,
    placeholder: variable.generated
      ? text('留空则自动生成', 'Left empty: generated')
      : (variable.default ?? undefined),
    required: variable.required && !variable.generated && !variable.default,
    error: problem,
  };
  if (variable.options.length > 0)
    return (
      <Select
        {...common}
        data={variable.options.map((option) => ({
          value: option.value,
          label: bilingual(option.title),
        }))}
        value={value || variable.default || null}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  if (variable.type === 'boolean')
    return (
      <Switch
        label={common.label}
        description={common.description}
        error={problem}
        checked={(value || variable.default) === 'true'}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
      />
    );
  if (variable.secret)
    return (
      <PasswordInput
        {...common}
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  if (variable.type === 'integer' || variable.type === 'port')
    return (
      <NumberInput
        {...common}
        allowDecimal={false}
        {...(variable.min === null ? {} : { min: variable.min })}
        {...(variable.max === null ? {} : { max: variable.max })}
        value={value}
        onChange={(next) => onChange(String(next))}
      />
    );
  return (
    <TextInput
      {...common}
      type={variable.type === 'email' ? 'email' : variable.type === 'url' ? 'url' : 'text'}
      {...(variable.pattern ? { pattern: variable.pattern } : {})}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
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
    engine: 'Docker',
    'engine-version': text('Docker 版本', 'Docker version'),
    'not-installed': text('尚未安装', 'Not installed yet'),
    'container-name': text('容器名称', 'Container names'),
    volumes: text('数据卷', 'Volumes'),
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
              <Words span c={colors[level]} fw={700} aria-label={levels[level]} role="img">
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
            <b>{hostPort ?? '–'}</b>
          </Words>
        ))}
        <Words size="sm">
          {text('容器', 'Containers')} <b>{plan.containers.length}</b>
        </Words>
        <Words size="sm">
          {text('数据卷', 'Volumes')} <b>{plan.volumes.length}</b>
        </Words>
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
