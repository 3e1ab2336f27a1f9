import { Anchor, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { TooManyRequests } from '@stackscape/client';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useSession } from '../../app/session';
import { Form } from '../../ui/form';
import { Problem } from '../../ui/problem';
import { useCountdown } from '../../ui/use-countdown';

export function SignInForm() {
  const text = useText();
  const { signIn } = useSession();
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useMutation({ mutationFn: () => signIn(userName.trim(), password) });
  const wait = useCountdown(attempt.error instanceof TooManyRequests ? attempt.error : null);
  return (
    <Form
      onSubmit={() => {
        if (!attempt.isPending && wait === 0) attempt.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={text('用户名', 'User name')}
          autoComplete="username"
          required
          withAsterisk={false}
          data-autofocus
          value={userName}
          onChange={(event) => setUserName(event.currentTarget.value)}
        />
        <PasswordInput
          label={text('密码', 'Password')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {attempt.error && <Problem error={attempt.error} />}
        <Button type="submit" loading={attempt.isPending} disabled={wait > 0}>
          {wait > 0 ? text(`${wait} 秒后可重试`, `Wait ${wait} s`) : text('登录', 'Sign in')}
        </Button>
        <Anchor component={Link} to="/register" size="sm" ta="center">
          {text('我有邀请码', 'I have an invite code')}
        </Anchor>
      </Stack>
    </Form>
  );
}
