import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../app/language';
import { Problem } from './problem';

/** Asks before something is done that cannot be undone at once. */
export function Confirm({
  title,
  action,
  opened,
  busy = false,
  error,
  danger = false,
  disabled = false,
  onConfirm,
  onClose,
  children,
}: {
  readonly title: string;
  /** The words on the button. */
  readonly action: string;
  readonly opened: boolean;
  readonly busy?: boolean;
  readonly error?: unknown;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  onConfirm(): void;
  onClose(): void;
  readonly children?: ReactNode;
}) {
  const text = useText();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
    >
      <Stack>
        {children}
        {Boolean(error) && <Problem error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text('返回', 'Back')}
          </Button>
          <Button
            color={danger ? 'red' : undefined}
            disabled={disabled}
            loading={busy}
            onClick={onConfirm}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
