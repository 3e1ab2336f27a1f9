import {
  ActionIcon,
  Button,
  Group,
  useMantineColorScheme,
  useComputedColorScheme,
} from '@mantine/core';
import { useLanguage } from './language';
import { MoonIcon, SunIcon } from '../ui/icons';

/** Language, and light or dark: kept on this device. */
export function Preferences() {
  const { language, text, choose } = useLanguage();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  return (
    <Group gap="xs" wrap="nowrap">
      <Button
        variant="subtle"
        color="gray"
        size="compact-md"
        onClick={() => choose(language === 'zh' ? 'en' : 'zh')}
        lang={language === 'zh' ? 'en' : 'zh'}
      >
        {language === 'zh' ? 'English' : '中文'}
      </Button>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={scheme === 'dark' ? text('浅色', 'Light') : text('深色', 'Dark')}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Group>
  );
}
