import type { Schema } from '@stackscape/client';
import type { AppInfo } from './app-status';

/** Where the pages of an app open: its port on the host that this page came from; null where it has none. */
export function addressOf(
  info: AppInfo,
  details: Schema<'CatalogueAppDetailsDto'> | null,
): string | null {
  if (!/^\d+$/.test(info.port)) return null;
  const path = (details?.path ?? '').replace(/^\/*/, '/');
  return `http://${location.hostname}:${info.port}${path}`;
}
