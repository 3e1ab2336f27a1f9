import { Button, NativeSelect, Text as Words } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useSwarmNodes } from '../../app/nodes';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';

/** To another node of the Swarm; nothing where there is none. */
export function AppMove({ appName }: { readonly appName: string }) {
  const text = useText();
  const client = useClient();
  const queries = useQueryClient();
  const nodes = useSwarmNodes();
  const usable = nodes.filter((n) => n.state === 'ready' && n.availability === 'active');
  const [asked, setAsked] = useState(false);
  const [chosen, setChosen] = useState('');
  const node = usable.find(({ id }) => id === chosen)?.id ?? usable[0]?.id ?? '';
  const move = useMutation({
    mutationFn: () => client.call('moveApp', { path: { appName }, body: { node } }),
    onSuccess: async () => {
      setAsked(false);
      await queries.invalidateQueries({ queryKey: ['app', appName] });
    },
  });
  if (nodes.length < 2) return null;
  return (
    <>
      <Button variant="default" onClick={() => setAsked(true)}>
        {text('移动', 'Move')}
      </Button>
      <Confirm
        opened={asked}
        title={text('移到其他节点？', 'Move this app to another node?')}
        action={text('移动', 'Move')}
        busy={move.isPending}
        error={move.error}
        onConfirm={() => move.mutate()}
        onClose={() => {
          setAsked(false);
          move.reset();
        }}
      >
        <NativeSelect
          label={text('节点', 'Node')}
          value={node}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={usable.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <Words size="sm">
          {text(
            '版本和端口不变。移动期间应用会短暂停止；在新节点上无法启动时，会恢复到原处。',
            'Version and ports stay. It stops for a moment; where it does not come up there, it runs again where it was.',
          )}
        </Words>
      </Confirm>
    </>
  );
}
