import {
  Badge,
  Button,
  Card,
  Group,
  Select,
  Stack,
  Text as Words,
  TextInput,
  Title,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { Schema } from '@stackscape/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { memo, useEffect, useRef, useState } from 'react';
import { useBilingual, useLanguage, useText } from '../../app/language';
import { useClient } from '../../app/session';
import { PageHead } from '../../ui/page-head';
import { Empty, Loaded, Problem } from '../../ui/problem';
import { AppIcon } from './app-icon';
import { UpdateBadge, useUpdates } from './app-update';
import { StatusBadge, type AppInfo } from './app-status';
import { categories } from './categories';

type CatalogApp = Schema<'CatalogueAppDto'>;
const PER_PAGE = 60;

/** What is installed, and what can be. */
export function AppsPage() {
  const text = useText();
  const client = useClient();
  const installed = useQuery({
    queryKey: ['apps', 'installed'],
    queryFn: ({ signal }) => client.apps.list({ signal }),
  });
  const updates = new Map(useUpdates().data?.map((update) => [update.appName, update]));
  return (
    <>
      <PageHead title={text('应用', 'Apps')} />
      <Stack gap="xl">
        <section aria-labelledby="installed">
          <Title order={2} size="h4" mb="sm" id="installed">
            {text('已安装', 'Installed')}
          </Title>
          <Loaded query={installed}>
            {(apps) =>
              apps.length === 0 ? (
                <Words c="dimmed" size="sm">
                  {text(
                    '还没有安装应用。从下面的目录中选择一个。',
                    'Nothing is installed yet. Pick an app from the catalog below.',
                  )}
                </Words>
              ) : (
                <div className="cards">
                  {apps.map((info) => (
                    <InstalledCard
                      key={info.appName}
                      info={info}
                      update={updates.get(info.appName)}
                    />
                  ))}
                </div>
              )
            }
          </Loaded>
        </section>
        <Catalog installed={installed.data ?? []} />
      </Stack>
    </>
  );
}

function InstalledCard({
  info,
  update,
}: {
  readonly info: AppInfo;
  readonly update: Schema<'AppUpdateDto'> | undefined;
}) {
  const title = useBilingual()(info.title);
  return (
    <Link to="/apps/$appName" params={{ appName: info.appName }} className="card-link">
      <Card withBorder h="100%" padding="sm">
        <Group wrap="nowrap">
          <AppIcon name={info.catalogName} title={info.title.en} icon={null} />
          <div>
            <Words fw={600}>
              {title}
              {info.instance && ` · ${info.instance}`}
            </Words>
            <Group gap={6}>
              <StatusBadge info={info} />
              <UpdateBadge update={update} />
              {info.version && (
                <Words size="xs" c="dimmed">
                  {info.version}
                </Words>
              )}
            </Group>
          </div>
        </Group>
        {info.status === '2' && (
          <Words size="sm" c="red" mt="xs" className="clamp">
            {info.info}
          </Words>
        )}
      </Card>
    </Link>
  );
}

function Catalog({ installed }: { readonly installed: readonly AppInfo[] }) {
  const { text, language } = useLanguage();
  const client = useClient();
  const navigate = useNavigate();
  const inAddress = useSearch({ from: '/shell/apps' });
  const [chosen, setChosen] = useState({
    search: inAddress.search ?? '',
    category: inAddress.category ?? '',
  });
  const { category } = chosen;
  const [search] = useDebouncedValue(chosen.search.trim(), 200);
  // The address follows at once, for a reload, a bookmark and the way back from an app. Later would
  // be too late: it would call back somebody who has opened an app meanwhile.
  const choose = (change: Partial<typeof chosen>): void => {
    const next = { ...chosen, ...change };
    setChosen(next);
    const filled = Object.entries(next).filter(([, value]) => value.trim() !== '');
    void navigate({ to: '/apps', search: Object.fromEntries(filled), replace: true });
  };

  const pages = useInfiniteQuery({
    queryKey: ['catalog', search, category],
    queryFn: ({ pageParam, signal }) =>
      client.catalog.list(
        {
          page: pageParam,
          limit: PER_PAGE,
          ...(search ? { search } : {}),
          ...(category ? { category: category as Schema<'AppCategory'> } : {}),
        },
        { signal },
      ),
    initialPageParam: 1,
    getNextPageParam: ({ page, limit, total }) => (page * limit < total ? page + 1 : undefined),
    staleTime: 300_000,
    placeholderData: (before) => before,
  });
  const apps = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  const total = pages.data?.pages[0]?.total;
  const names = new Set(installed.map(({ catalogName }) => catalogName));
  return (
    <section aria-labelledby="catalog">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="catalog">
          {text('应用目录', 'Catalog')}
        </Title>
        <Words size="sm" c="dimmed" role="status">
          {total !== undefined && text(`${total} 个应用`, `${total} apps`)}
        </Words>
      </Group>
      <Group mb="md" gap="sm">
        <TextInput
          type="search"
          flex="1 1 14rem"
          aria-label={text('搜索应用', 'Search apps')}
          placeholder={text('搜索名称或用途', 'Search by name or purpose')}
          value={chosen.search}
          onChange={(event) => choose({ search: event.currentTarget.value })}
        />
        <Select
          w={200}
          aria-label={text('分类', 'Category')}
          data={[
            { value: '', label: text('全部分类', 'All categories') },
            ...categories.map(({ value, zh, en }) => ({
              value,
              label: language === 'zh' ? zh : en,
            })),
          ]}
          value={category}
          allowDeselect={false}
          onChange={(value) => choose({ category: value ?? '' })}
        />
      </Group>
      {pages.error && <Problem error={pages.error} onRetry={() => void pages.refetch()} />}
      <Loaded query={{ ...pages, error: null, data: pages.data }}>
        {() =>
          apps.length === 0 ? (
            <Empty
              action={
                <Button variant="default" onClick={() => choose({ search: '', category: '' })}>
                  {text('清除搜索', 'Clear the search')}
                </Button>
              }
            >
              {text('没有符合的应用。', 'No app matches.')}
            </Empty>
          ) : (
            <div className="cards">
              {apps.map((app) => (
                <CatalogCard key={app.appName} app={app} installed={names.has(app.appName)} />
              ))}
            </div>
          )
        }
      </Loaded>
      {pages.hasNextPage && (
        <More busy={pages.isFetchingNextPage} onMore={() => void pages.fetchNextPage()} />
      )}
    </section>
  );
}

/** Drawn anew only when its app changes: there may be thousands of them. */
const CatalogCard = memo(function CatalogCard({
  app,
  installed,
}: {
  readonly app: CatalogApp;
  readonly installed: boolean;
}) {
  const text = useText();
  const bilingual = useBilingual();
  return (
    <Link to="/apps/$appName" params={{ appName: app.appName }} className="card-link catalog-card">
      <Card withBorder h="100%" padding="sm">
        <Group wrap="nowrap" mb={6}>
          <AppIcon name={app.appName} title={app.title.en} icon={app.icon} />
          <div>
            <Words fw={600} lh={1.3}>
              {bilingual(app.title)}
            </Words>
            <Words size="xs" c="dimmed">
              {bilingual(app.categoryTitle)}
              {app.version && ` · ${app.version}`}
            </Words>
          </div>
        </Group>
        <Words size="sm" c="dimmed" className="clamp">
          {app.description ? bilingual(app.description) : app.appName}
        </Words>
        {installed && (
          <Badge mt="xs" color="teal" variant="light" tt="none">
            {text('已安装', 'Installed')}
          </Badge>
        )}
      </Card>
    </Link>
  );
});

/** Loads the next page when it comes near the window, or when pressed. */
function More({ busy, onMore }: { readonly busy: boolean; onMore(): void }) {
  const text = useText();
  const end = useRef<HTMLDivElement>(null);
  const more = useRef(onMore);
  more.current = onMore;
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && more.current(), {
      rootMargin: '800px',
    });
    seen.observe(end.current!);
    return () => seen.disconnect();
  }, []);
  return (
    <Group justify="center" mt="md" ref={end}>
      <Button variant="default" loading={busy} onClick={onMore}>
        {text('显示更多', 'Show more')}
      </Button>
    </Group>
  );
}
