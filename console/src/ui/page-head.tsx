import { Group, Text as Words, Title } from '@mantine/core';
import type { ReactNode } from 'react';

export function PageHead({
  title,
  about,
  children,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <Group justify="space-between" align="flex-end" mb="md" gap="sm">
      <div>
        <Title order={1} size="h2">
          {title}
        </Title>
        {about && (
          <Words c="dimmed" size="sm">
            {about}
          </Words>
        )}
      </div>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
