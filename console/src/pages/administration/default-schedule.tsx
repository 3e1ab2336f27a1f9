import { Card, Stack, Text as Words, Title } from '@mantine/core';
import { useText } from '../../app/language';
import { BackupSchedule } from '../backups/schedule';

/** When apps without a schedule of their own are saved. */
export function DefaultSchedule() {
  const text = useText();
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Title order={2} size="h4">
          {text('默认备份计划', 'Default backup schedule')}
        </Title>
        <Words size="sm">
          {text(
            '适用于所有没有自己的计划的应用；应用自己的计划在应用页面设置。',
            'It holds for every app without a schedule of its own, which is set on the page of the app.',
          )}
        </Words>
        <BackupSchedule appName={null} />
      </Stack>
    </Card>
  );
}
