import { Alert, Group, Paper, Stack, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useText } from '../../app/language';
import { Preferences } from '../../app/preferences';
import { REGISTRATION_KEY, useClient, useSession } from '../../app/session';
import { LogoIcon } from '../../ui/icons';
import { Loading, Problem } from '../../ui/problem';
import { RegisterForm } from './register-form';
import { SignInForm } from './sign-in-form';

/** Before anybody is signed in: make the first administrator, sign in, or register with a code. */
export function StartPage() {
  const text = useText();
  const { signedIn, ended } = useSession();
  const { pathname } = useLocation();
  const { to, code, setup } = useSearch({ strict: false });
  const client = useClient();
  const state = useQuery({
    queryKey: REGISTRATION_KEY,
    queryFn: ({ signal }) => client.call('registrationState', { signal }),
    enabled: !signedIn,
  });
  const navigate = useNavigate();
  const { history } = useRouter();
  useEffect(() => {
    if (!signedIn) return;
    if (to?.startsWith('/')) history.replace(to);
    else void navigate({ to: '/apps', replace: true });
  }, [signedIn, to, history, navigate]);
  if (signedIn) return null;

  const fresh = state.data?.first_administrator === true;
  const registers = fresh || pathname === '/register';
  return (
    <main className="start">
      <div>
        <Group justify="space-between" mb="md" wrap="nowrap">
          <Group gap="xs" c="cyan">
            <LogoIcon size={30} />
            <Words fw={700} fz="xl" c="var(--mantine-color-text)">
              StackScape
            </Words>
          </Group>
          <Preferences />
        </Group>
        <Paper withBorder p="lg" radius="lg" shadow="sm">
          <Stack>
            {ended && (
              <Alert color="orange" role="alert">
                {ended}
              </Alert>
            )}
            {state.error ? (
              <Problem error={state.error} onRetry={() => void state.refetch()} />
            ) : !state.data ? (
              <Loading />
            ) : (
              <>
                <div>
                  <Title order={1} size="h3">
                    {fresh
                      ? text('创建管理员', 'Make the administrator')
                      : registers
                        ? text('注册', 'Register')
                        : text('登录', 'Sign in')}
                  </Title>
                  {fresh && (
                    <Words size="sm" c="dimmed" mt={4}>
                      {text(
                        '这台服务器还没有账号。第一个账号就是管理员。',
                        'This server has no account yet. The first one is the administrator.',
                      )}
                    </Words>
                  )}
                </div>
                {registers ? (
                  <RegisterForm first={fresh} code={code} setupToken={setup} />
                ) : (
                  <SignInForm />
                )}
              </>
            )}
          </Stack>
        </Paper>
        <Words size="xs" c="dimmed" ta="center" mt="md">
          {text(
            '应用商店与 ctDNA 计算服务。计算仅供研究使用。',
            'App store and ctDNA compute service. Computations are for research use only.',
          )}
        </Words>
      </div>
    </main>
  );
}
