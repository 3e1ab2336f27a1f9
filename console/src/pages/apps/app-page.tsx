import { Anchor, Badge, Button, Group, Stack, Text as Words, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { NotFound, type Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useBilingual, useText } from '../../app/language';
import { useClient, useIsAdmin } from '../../app/session';
import { Loading, Problem } from '../../ui/problem';
import { AppActions } from './app-actions';
import { AppBackups } from './app-backups';
import { AppIcon } from './app-icon';
import { AppLogs } from './app-logs';
import { isBusy, StatusBadge, type AppInfo } from './app-status';
import { AppSummary } from './app-summary';
import { AppUpdate, UpdateBadge, useUpdates } from './app-update';
import { AppUse } from './app-use';
import { AppWork } from './app-work';
import { InstallForm } from './install-form';

type Details = Schema<'CatalogueAppDetailsDto'>;

/** One app: what it is and how to install it; once it is installed, how it does. */
export function AppPage() {
  const { appName } = useParams({ from: '/shell/apps/$appName' });
  const text = useText();
  const client = useClient();
  const isAdmin = useIsAdmin();
  // Of an app that is not installed, or not in the catalog (any more), one of the two is null.
  const info = useQuery({
    queryKey: ['app', appName, 'info'],
    queryFn: ({ signal }) => client.apps.info(appName, { signal }).catch(nullIfNotFound),
  });
  const catalogName = info.data?.catalogName ?? appName;
  const details = useQuery({
    queryKey: ['app', catalogName, 'details'],
    queryFn: ({ signal }) => client.catalog.get(catalogName, { signal }).catch(nullIfNotFound),
    staleTime: 300_000,
  });
  const update = useUpdates().data?.find((known) => known.appName === appName);
  const error = info.error ?? details.error;
  if (error && (info.data === undefined || details.data === undefined))
    return (
      <Problem
        error={error}
        onRetry={() => {
          void info.refetch();
          void details.refetch();
        }}
      />
    );
  if (info.data === undefined || details.data === undefined) return <Loading />;
  if (info.data === null && details.data === null)
    return (
      <Stack>
        <Title order={1} size="h2">
          {text('没有这个应用', 'No such app')}
        </Title>
        <Anchor component={Link} to="/apps">
          {text('返回应用目录', 'Back to the catalog')}
        </Anchor>
      </Stack>
    );
  const installed = info.data;
  return (
    <Stack gap="lg">
      <Anchor component={Link} to="/apps" size="sm">
        ‹ {text('全部应用', 'All apps')}
      </Anchor>
      <Head appName={catalogName} details={details.data} installed={installed}>
        {installed && <StatusBadge info={installed} />}
        {installed && <UpdateBadge update={update} />}
      </Head>
      {info.error && <Problem error={info.error} onRetry={() => void info.refetch()} />}
      {installed ? (
        <>
          {isBusy(installed) ? (
            <AppWork key={installed.jobId} info={installed} />
          ) : (
            <>
              <AppActions info={installed} details={details.data} />
              <AppSummary info={installed} details={details.data} />
              <AppUpdate info={installed} details={details.data} />
              <AppUse appName={appName} />
            </>
          )}
          {!['queued', 'preflight', 'pulling', 'gone'].includes(installed.phase) && (
            <AppLogs key={appName} appName={appName} />
          )}
        </>
      ) : (
        details.data && <InstallForm details={details.data} />
      )}
      {isAdmin && !(installed && isBusy(installed)) && (
        <AppBackups appName={appName} installed={installed !== null} />
      )}
      {isAdmin && installed && details.data && (
        <AnotherInstance key={catalogName} details={details.data} />
      )}
    </Stack>
  );
}

/** The form for one more installation of the app, once it is asked for. */
function AnotherInstance({ details }: { readonly details: Details }) {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <InstallForm details={details} isFirst={false} />;
  return (
    <Group>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        {text('再安装一个实例', 'Install another instance')}
      </Button>
    </Group>
  );
}

function Head({
  appName,
  details,
  installed,
  children,
}: {
  readonly appName: string;
  readonly details: Details | null;
  readonly installed: AppInfo | null;
  readonly children?: ReactNode;
}) {
  const text = useText();
  const bilingual = useBilingual();
  const title = details?.title ?? installed?.title ?? { zh: appName, en: appName };
  return (
    <div>
      <Group wrap="nowrap" align="flex-start">
        <AppIcon name={appName} title={title.en} icon={details?.icon ?? null} />
        <div>
          <Group gap="sm">
            <Title order={1} size="h2">
              {bilingual(title)}
              {installed?.instance && ` · ${installed.instance}`}
            </Title>
            {children}
          </Group>
          <Group gap="xs">
            {details && (
              <Badge variant="default" tt="none">
                {bilingual(details.categoryTitle)}
              </Badge>
            )}
            {details?.version && (
              <Words size="sm" c="dimmed">
                {details.version}
              </Words>
            )}
            {details?.license && (
              <Words size="sm" c="dimmed">
                {details.license}
              </Words>
            )}
            {details?.website && (
              <Anchor size="sm" href={details.website} target="_blank" rel="noreferrer noopener">
                {text('网站', 'Website')}
              </Anchor>
            )}
            {details?.documentation && (
              <Anchor
                size="sm"
                href={details.documentation}
                target="_blank"
                rel="noreferrer noopener"
              >
                {text('文档', 'Documentation')}
              </Anchor>
            )}
          </Group>
        </div>
      </Group>
      {details?.description && <Words mt="sm">{bilingual(details.description)}</Words>}
    </div>
  );
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof NotFound) return null;
  throw error;
}
