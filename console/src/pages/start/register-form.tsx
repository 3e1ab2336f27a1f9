import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { AwaitingApproval, TooManyRequests } from '@stackscape/client';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useSession } from '../../app/session';
import { Form } from '../../ui/form';
import { fieldProblems, Problem } from '../../ui/problem';
import { useCountdown } from '../../ui/use-countdown';

interface Props {
  /** The account becomes the administrator and needs no invite code. */
  readonly first: boolean;
  /** From the link that somebody was sent. */
  readonly code: string | undefined;
  /** From the link that `npm start` printed. */
  readonly setupToken: string | undefined;
}

export function RegisterForm({ first, code: linkedCode, setupToken }: Props) {
  const text = useText();
  const client = useClient();
  const { signIn } = useSession();
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [code, setCode] = useState(linkedCode ?? '');
  const attempt = useMutation({
    mutationFn: async () => {
      const invite = first ? undefined : code.trim();
      await client.account.register(userName.trim(), password, invite, { setupToken });
      await signIn(userName.trim(), password);
    },
  });
  const wait = useCountdown(attempt.error instanceof TooManyRequests ? attempt.error : null);
  const problems = fieldProblems(attempt.error);
  const differs = repeated !== '' && repeated !== password;

  if (attempt.error instanceof AwaitingApproval)
    return (
      <Stack>
        <Alert color="teal" role="status">
          {text(
            '账号已创建。管理员批准后即可登录。',
            'Your account is made. You can sign in once an administrator approves it.',
          )}
        </Alert>
        <Anchor component={Link} to="/signin">
          {text('去登录', 'Sign in')}
        </Anchor>
      </Stack>
    );
  return (
    <Form
      onSubmit={() => {
        if (!attempt.isPending && wait === 0 && password === repeated) attempt.mutate();
      }}
    >
      <Stack>
        {!first && (
          <TextInput
            label={text('邀请码', 'Invite code')}
            description={text('向管理员索取。', 'Ask an administrator for one.')}
            required
            withAsterisk={false}
            value={code}
            error={problems['invite_code']}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        <TextInput
          label={text('用户名', 'User name')}
          autoComplete="username"
          required
          withAsterisk={false}
          maxLength={64}
          value={userName}
          error={problems['user_name']}
          onChange={(event) => setUserName(event.currentTarget.value)}
        />
        <PasswordInput
          label={text('密码', 'Password')}
          description={text('至少 8 个字符。', 'At least 8 characters.')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={8}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput
          label={text('再输一次密码', 'Password again')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={repeated}
          error={differs ? text('两次输入的密码不同', 'The two passwords differ') : undefined}
          onChange={(event) => setRepeated(event.currentTarget.value)}
        />
        {attempt.error && <Problem error={attempt.error} />}
        <Button type="submit" loading={attempt.isPending} disabled={wait > 0 || differs}>
          {wait > 0
            ? text(`${wait} 秒后可重试`, `Wait ${wait} s`)
            : first
              ? text('创建管理员', 'Make the administrator')
              : text('注册', 'Register')}
        </Button>
        {!first && (
          <Anchor component={Link} to="/signin" size="sm" ta="center">
            {text('我已有账号', 'I have an account')}
          </Anchor>
        )}
      </Stack>
    </Form>
  );
}
