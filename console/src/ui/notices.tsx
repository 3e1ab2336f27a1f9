import { Notification, Portal } from '@mantine/core';
import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';
import { useText } from '../app/language';
import { sentenceOf } from './problem';

interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly message: string;
}

export interface Notices {
  done(message: string): void;
  failed(error: unknown): void;
}

const NoticesContext = createContext<Notices | null>(null);
const DONE_MS = 5_000;
const FAILED_MS = 15_000;

/** Short messages in the corner, read aloud by screen readers. */
export function NoticesProvider({ children }: { readonly children: ReactNode }) {
  const text = useText();
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const close = useCallback(
    (id: number) => setNotices((all) => all.filter((one) => one.id !== id)),
    [],
  );
  const add = useCallback(
    (kind: Notice['kind'], message: string) => {
      const id = Math.random();
      setNotices((all) => [...all.slice(-3), { id, kind, message }]);
      setTimeout(() => close(id), kind === 'done' ? DONE_MS : FAILED_MS);
    },
    [close],
  );
  const [api] = useState<{ current: Notices }>({ current: { done: () => {}, failed: () => {} } });
  api.current.done = (message) => add('done', message);
  api.current.failed = (error) => add('failed', sentenceOf(error, text));
  return (
    <NoticesContext value={api.current}>
      {children}
      <Portal>
        <div className="notices" role="status" aria-live="polite">
          {notices.map(({ id, kind, message }) => (
            <Notification
              key={id}
              color={kind === 'done' ? 'teal' : 'red'}
              withBorder
              onClose={() => close(id)}
              closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
            >
              {message}
            </Notification>
          ))}
        </div>
      </Portal>
    </NoticesContext>
  );
}

export function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (!notices) throw new Error('There is no NoticesProvider above');
  return notices;
}
