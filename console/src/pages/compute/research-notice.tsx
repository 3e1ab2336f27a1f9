import { Alert } from '@mantine/core';
import { useText } from '../../app/language';

/** Stands wherever a probability is shown. */
export function ResearchNotice() {
  const text = useText();
  return (
    <Alert color="orange" variant="light" p="xs" role="note">
      {text('仅供研究使用，不得用于诊断。', 'Research use only. Not for diagnosis.')}
    </Alert>
  );
}
