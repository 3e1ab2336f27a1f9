import { Alert, Button, Center, Group, Loader, Stack, Text as Words } from '@mantine/core';
import {
  ApiError,
  ConnectionError,
  InvalidParameter,
  ServerError,
  UnexpectedAnswer,
} from '@stackscape/client';
import type { ReactNode } from 'react';
import { useText, type Text } from '../app/language';

/** What went wrong and what to do, in one sentence. */
export function sentenceOf(error: unknown, text: Text): string {
  if (error instanceof InvalidParameter && error.fields.length > 0)
    return error.fields.map(({ field, message }) => `${field}: ${message}`).join('; ');
  if (error instanceof ServerError && error.requestId)
    return `${error.message} (${text('请求编号', 'request')} ${error.requestId})`;
  if (error instanceof ApiError) return error.message;
  if (error instanceof ConnectionError)
    return text(
      '服务器没有响应。请检查网络，或确认服务器正在运行。',
      'The server does not answer. Check the network, and that the server runs.',
    );
  if (error instanceof UnexpectedAnswer)
    return text(
      `收到的不是 StackScape 的回答（HTTP ${error.status}）。请检查前面的代理。`,
      `This is no answer of StackScape (HTTP ${error.status}). Check the proxy in front of it.`,
    );
  return error instanceof Error ? error.message : String(error);
}

/** Messages of refused fields by field name (code 30001). */
export function fieldProblems(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof InvalidParameter)) return {};
  return Object.fromEntries(error.fields.map(({ field, message }) => [field, message]));
}

export function Problem({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const text = useText();
  return (
    <Alert color="red" variant="light" role="alert">
      <Group justify="space-between" gap="sm">
        <Words size="sm" className="breakable">
          {sentenceOf(error, text)}
        </Words>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {text('重试', 'Try again')}
          </Button>
        )}
      </Group>
    </Alert>
  );
}

export function Loading() {
  const text = useText();
  return (
    <Center p="xl" role="status" aria-label={text('正在加载', 'Loading')}>
      <Loader type="dots" />
    </Center>
  );
}

/** What a list says that has nothing in it, and what to do about it. */
export function Empty({
  children,
  action,
}: {
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Center p="xl">
      <Stack align="center" gap="sm">
        <Words c="dimmed" ta="center">
          {children}
        </Words>
        {action}
      </Stack>
    </Center>
  );
}

interface QueryLike<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
  refetch(): unknown;
}

/** Loading, error, or the data; data that is known stays when a later try fails, below the error. */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: QueryLike<T>;
  readonly children: (data: T) => ReactNode;
}) {
  return (
    <>
      {query.error && <Problem error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined ? children(query.data) : !query.error && <Loading />}
    </>
  );
}
