import { Alert, AppShell, Burger, Button, Group, NavLink, Text as Words } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import {
  AccountIcon,
  AppsIcon,
  ComputeIcon,
  LogoIcon,
  NodesIcon,
  PeopleIcon,
  ServerIcon,
  SignOutIcon,
} from '../ui/icons';
import { useText } from './language';
import { LiveProvider, useLive } from './live';
import { useSwarmNodes } from './nodes';
import { Preferences } from './preferences';
import { useIsAdmin, useMe, useSession } from './session';

/** Head and navigation around every page of somebody who is signed in. */
export function Shell() {
  const { signedIn } = useSession();
  if (!signedIn) return <ToSignIn />;
  return (
    <LiveProvider>
      <Frame />
    </LiveProvider>
  );
}

/** Goes to sign in, and from there back to this page. */
function ToSignIn() {
  const navigate = useNavigate();
  const { href } = useLocation();
  const from = useRef(href);
  useEffect(() => {
    const to = from.current;
    void navigate({ to: '/signin', search: to === '/apps' ? {} : { to }, replace: true });
  }, [navigate]);
  return null;
}

function Frame() {
  const text = useText();
  const { signOut } = useSession();
  const me = useMe();
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skip" href="#content" onClick={focusContent}>
        {text('跳到内容', 'Skip to content')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              hiddenFrom="sm"
              size="sm"
              opened={opened}
              onClick={toggle}
              aria-label={text('菜单', 'Menu')}
            />
            <Group gap={6} wrap="nowrap" c="cyan">
              <LogoIcon size={24} />
              <Words fw={700} fz="lg" c="var(--mantine-color-text)">
                StackScape
              </Words>
            </Group>
          </Group>
          <Preferences />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={text('主导航', 'Main')}>
        <AppShell.Section grow>
          <Pages />
        </AppShell.Section>
        <AppShell.Section>
          <Button
            fullWidth
            justify="start"
            variant="subtle"
            color="gray"
            leftSection={<SignOutIcon />}
            onClick={() => void signOut()}
          >
            {text('退出登录', 'Sign out')}
            {me && (
              <Words span c="dimmed" ml="xs" truncate maw={90} size="sm">
                {me.user_name}
              </Words>
            )}
          </Button>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <LostConnection />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Pages() {
  const text = useText();
  const isAdmin = useIsAdmin();
  const hasSwarm = useSwarmNodes().length > 0;
  const { pathname } = useLocation();
  const pages = [
    { to: '/apps', label: text('应用', 'Apps'), Icon: AppsIcon },
    { to: '/compute', label: text('计算', 'Compute'), Icon: ComputeIcon },
    { to: '/server', label: text('服务器', 'Server'), Icon: ServerIcon },
    ...(hasSwarm ? [{ to: '/nodes', label: text('节点', 'Nodes'), Icon: NodesIcon }] : []),
    ...(isAdmin
      ? [{ to: '/administration', label: text('管理', 'Administration'), Icon: PeopleIcon }]
      : []),
    { to: '/account', label: text('账号', 'Account'), Icon: AccountIcon },
  ];
  return pages.map(({ to, label, Icon }) => (
    <NavLink
      key={to}
      renderRoot={(props) => <Link to={to} {...props} />}
      label={label}
      leftSection={<Icon />}
      active={pathname.startsWith(to)}
    />
  ));
}

function LostConnection() {
  const text = useText();
  const { lost } = useLive();
  if (!lost) return null;
  return (
    <Alert color="orange" mb="md" role="status">
      {text(
        '与服务器的连接已断开，正在重新连接。',
        'The connection to the server is lost. It is being made again.',
      )}
    </Alert>
  );
}

/** The part behind the # is the page, so the browser cannot jump there by itself. */
function focusContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
