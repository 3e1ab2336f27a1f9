import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from '@tanstack/react-router';
import { StartPage } from '../pages/start/start-page';
import { Loading } from '../ui/problem';
import { hasTokens } from './session';
import { PageFailure } from './page-failure';

// The way to a page stands behind the #: the server need not know it, whatever the path prefix.
const root = createRootRoute({ component: Outlet, errorComponent: PageFailure });

const start = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  component: StartPage,
  validateSearch: textSearch('to'),
});

/** The link with an invite code, `/#/register?code=…`, or with the set-up token of a fresh server. */
const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  component: StartPage,
  validateSearch: textSearch('code', 'setup'),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: ({ location }) => {
    if (!hasTokens()) throw redirect({ to: '/signin', search: { to: location.href } });
  },
  component: lazyRouteComponent(() => import('./shell'), 'Shell'),
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: hasTokens() ? '/apps' : '/signin' });
  },
});

const apps = createRoute({
  getParentRoute: () => shell,
  path: '/apps',
  component: lazyRouteComponent(() => import('../pages/apps/apps-page'), 'AppsPage'),
  validateSearch: textSearch('search', 'category', 'show'),
});

const app = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appName',
  component: lazyRouteComponent(() => import('../pages/apps/app-page'), 'AppPage'),
});

const compute = createRoute({
  getParentRoute: () => shell,
  path: '/compute',
  component: lazyRouteComponent(() => import('../pages/compute/compute-page'), 'ComputePage'),
  validateSearch: textSearch('tab'),
});

const server = createRoute({
  getParentRoute: () => shell,
  path: '/server',
  component: lazyRouteComponent(() => import('../pages/server/server-page'), 'ServerPage'),
});

const nodes = createRoute({
  getParentRoute: () => shell,
  path: '/nodes',
  component: lazyRouteComponent(() => import('../pages/nodes/nodes-page'), 'NodesPage'),
});

const administration = createRoute({
  getParentRoute: () => shell,
  path: '/administration',
  component: lazyRouteComponent(
    () => import('../pages/administration/administration-page'),
    'AdministrationPage',
  ),
  validateSearch: textSearch('tab'),
});

const account = createRoute({
  getParentRoute: () => shell,
  path: '/account',
  component: lazyRouteComponent(() => import('../pages/account/account-page'), 'AccountPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    start,
    register,
    shell.addChildren([apps, app, compute, server, nodes, administration, account]),
  ]),
  history: createHashHistory(),
  // Text stays text: an invite code of digits is no number.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith(String),
  defaultPendingComponent: Loading,
  defaultErrorComponent: PageFailure,
  defaultNotFoundComponent: () => <PageFailure />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** Keeps these search parameters, as text, and no others. */
function textSearch<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { [K in Name]?: string } => {
    const kept: { [K in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' || typeof value === 'number') kept[name] = String(value);
    }
    return kept;
  };
}
