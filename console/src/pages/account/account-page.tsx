import {
  Button,
  Card,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text as Words,
  Title,
  useMantineColorScheme,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage, useText, type Language } from '../../app/language';
import { useClient, useMe } from '../../app/session';
import { Form } from '../../ui/form';
import { useNotices } from '../../ui/notices';
import { PageHead } from '../../ui/page-head';
import { Problem } from '../../ui/problem';
import { SessionTable } from './session-table';

/** The own password, sessions, language, light and dark. */
export function AccountPage() {
  const text = useText();
  const me = useMe();
  return (
    <>
      <PageHead
        title={text('账号', 'Account')}
        about={
          me &&
          `${me.user_name} · ${me.role === 1 ? text('管理员', 'Administrator') : text('用户', 'User')}`
        }
      />
      <Stack>
        <div className="columns">
          <Looks />
          <Password />
        </div>
        <Sessions />
      </Stack>
    </>
  );
}

function Looks() {
  const { text, language, choose } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {text('外观', 'Appearance')}
      </Title>
      <Stack>
        <SegmentedControl
          aria-label={text('语言', 'Language')}
          value={language}
          onChange={(value) => choose(value as Language)}
          data={[
            { value: 'zh', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
        <SegmentedControl
          aria-label={text('明暗', 'Light or dark')}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as 'auto' | 'light' | 'dark')}
          data={[
            { value: 'auto', label: text('跟随系统', 'As the system') },
            { value: 'light', label: text('浅色', 'Light') },
            { value: 'dark', label: text('深色', 'Dark') },
          ]}
        />
      </Stack>
    </Card>
  );
}

function Password() {
  const text = useText();
  const client = useClient();
  const notices = useNotices();
  const [before, setBefore] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => client.account.changePassword(before, next),
    onSuccess: () => {
      setBefore('');
      setNext('');
      notices.done(
        text(
          '密码已修改，其他会话已结束。',
          'The password is changed; all other sessions have ended.',
        ),
      );
    },
  });
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {text('密码', 'Password')}
      </Title>
      <Form onSubmit={() => change.mutate()}>
        <Stack>
          <PasswordInput
            label={text('当前密码', 'Present password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={before}
            onChange={(event) => setBefore(event.currentTarget.value)}
          />
          <PasswordInput
            label={text('新密码', 'New password')}
            description={text('至少 8 个字符。', 'At least 8 characters.')}
            autoComplete="new-password"
            required
            withAsterisk={false}
            minLength={8}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          {change.error && <Problem error={change.error} />}
          <Button type="submit" loading={change.isPending}>
            {text('修改密码', 'Change the password')}
          </Button>
        </Stack>
      </Form>
    </Card>
  );
}

function Sessions() {
  const text = useText();
  const client = useClient();
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {text('会话', 'Sessions')}
      </Title>
      <Words size="sm" c="dimmed" mb="sm">
        {text(
          '在不认识的设备上登录？结束它，并修改密码。',
          'One you do not know? End it, and change your password.',
        )}
      </Words>
      <SessionTable
        queryKey={['sessions']}
        list={(options) => client.account.sessions(options)}
        end={(sid) => client.account.endSession(sid)}
      />
    </Card>
  );
}
