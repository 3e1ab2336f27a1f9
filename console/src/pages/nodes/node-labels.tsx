import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Form } from '../../ui/form';
import { Problem } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

/** All labels of a node, one a line. */
export function NodeLabels({
  node,
  onClose,
}: {
  readonly node: Schema<'NodeDto'>;
  onClose(): void;
}) {
  const text = useText();
  const client = useClient();
  const [lines, setLines] = useState(labelTexts(node).join('\n'));
  const save = useChange(
    ['nodes'],
    () => client.nodes.setLabels(node.id, labelsOf(lines)),
    () => text(`节点 ${node.name} 的标签已保存`, `The labels of ${node.name} are saved`),
    onClose,
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={text(`节点 ${node.name} 的标签`, `Labels of ${node.name}`)}
      centered
      closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
    >
      <Form onSubmit={() => save.mutate()}>
        <Stack>
          <Textarea
            label={text('每行一个：名称=值', 'One a line: name=value')}
            description={text(
              '模板用 node.labels.名称==值 选择节点。不再符合的服务会在几秒内移走。',
              'A template chooses nodes by node.labels.name==value. What a change no longer lets run there moves within seconds.',
            )}
            autosize
            minRows={3}
            value={lines}
            onChange={(event) => setLines(event.currentTarget.value)}
          />
          {save.error && <Problem error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {text('返回', 'Back')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {text('保存', 'Save')}
            </Button>
          </Group>
        </Stack>
      </Form>
    </Modal>
  );
}

/** Its labels as `name=value`. */
export function labelTexts({ labels }: Schema<'NodeDto'>): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

function labelsOf(lines: string): Record<string, string> {
  const entries = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line): [string, string] => {
      const [name = '', ...value] = line.split('=');
      return [name.trim(), value.join('=').trim()];
    });
  return Object.fromEntries(entries);
}
