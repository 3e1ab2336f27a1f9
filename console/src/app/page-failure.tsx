import { Button, Stack, Title } from '@mantine/core';
import { Problem } from '../ui/problem';
import { useText } from './language';

/** Instead of a page that does not exist, or whose code could not be loaded or failed. */
export function PageFailure({ error }: { readonly error?: unknown }) {
  const text = useText();
  return (
    <Stack p="lg" maw={640}>
      <Title order={1} size="h2">
        {error ? text('页面出错', 'This page failed') : text('没有这个页面', 'No such page')}
      </Title>
      {error !== undefined && <Problem error={error} />}
      <div>
        <Button component="a" href="#/apps" onClick={() => setTimeout(() => location.reload())}>
          {text('返回首页', 'Back to the start')}
        </Button>
      </div>
    </Stack>
  );
}
