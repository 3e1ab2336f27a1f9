import {
  Alert,
  Badge,
  Button,
  Card,
  Group,
  List,
  Stack,
  Text as Words,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../app/language';
import { useClient, useIsAdmin } from '../../app/session';
import { Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

/** The models, what they cannot say, and which one is in use. */
export function Models() {
  const text = useText();
  const client = useClient();
  const isAdmin = useIsAdmin();
  const models = useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => client.compute.models({ signal }),
  });
  const train = useChange(
    ['models'],
    () => client.compute.train(),
    () => text('模型已训练，尚未启用', 'A model is trained; it is not in use yet'),
  );
  const activate = useChange(
    ['models'],
    (id: string) => client.compute.activate(id),
    (id) => text(`已启用 ${id}`, `${id} is in use`),
  );
  const rerun = useChange(
    ['history'],
    (id: string) => client.compute.rerun(id),
    () => text('旧记录已排队重新计算', 'The old records are queued again'),
  );
  return (
    <Stack>
      {isAdmin && (
        <Group>
          <Button loading={train.isPending} onClick={() => train.mutate()}>
            {text('用确诊记录训练模型', 'Train on the confirmed records')}
          </Button>
        </Group>
      )}
      <Loaded query={models}>
        {({ models: list, rejected }) => (
          <Stack>
            {rejected.map(({ file, problems }) => (
              <Alert key={file} color="orange" title={file}>
                {problems.map(({ field, message }) => `${field}: ${message}`).join('; ')}
              </Alert>
            ))}
            <div className="columns">
              {list.map((model) => (
                <Card withBorder key={model.id}>
                  <Group justify="space-between">
                    <Title order={2} size="h5">
                      {model.title}
                    </Title>
                    {model.active && (
                      <Badge color="teal" variant="light" tt="none">
                        {text('使用中', 'In use')}
                      </Badge>
                    )}
                  </Group>
                  <Words size="xs" c="dimmed" className="mono breakable">
                    {model.id} · {model.checksum.slice(0, 16)}
                  </Words>
                  <List size="sm" mt="xs">
                    {model.limits.map((limit) => (
                      <List.Item key={limit}>{limit}</List.Item>
                    ))}
                  </List>
                  {isAdmin && (
                    <Group mt="sm" gap="xs">
                      {!model.active && (
                        <Button size="xs" onClick={() => activate.mutate(model.id)}>
                          {text('启用', 'Use it')}
                        </Button>
                      )}
                      <Button size="xs" variant="default" onClick={() => rerun.mutate(model.id)}>
                        {text('重新计算旧记录', 'Rerun old records')}
                      </Button>
                    </Group>
                  )}
                </Card>
              ))}
            </div>
          </Stack>
        )}
      </Loaded>
    </Stack>
  );
}
