import { interpolate } from '../language/interpolate';
import { isMapping, listAt, valueAt } from '../language/plain-data';
import { databasePortOf } from '../project/database-images';
import { portOf } from './store-texts';

/** Names under which an image is told where to listen, the plainest first. */
const PORT_NAMES = ['PORT', 'HTTP_PORT', 'WEB_PORT', 'SERVER_PORT', 'APP_PORT', 'LISTEN_PORT'];

/**
 * The container port of a service that publishes nothing, from what its Compose file says otherwise: `expose`, a
 * health check of its own address, a variable such as `PORT`, the arguments of its command. Null where nothing
 * says one, and for databases.
 */
export function webPortOf(service: unknown): number | null {
  if (isDatabaseService(service)) return null;
  return (
    portOf(filled(listAt(service, 'expose')[0])) ??
    checkedPort(textsOf(valueAt(valueAt(service, 'healthcheck'), 'test'))) ??
    environmentPort(valueAt(service, 'environment')) ??
    argumentPort(textsOf(valueAt(service, 'command')))
  );
}

/** Whether a service runs the image of a well-known database or cache. */
export function isDatabaseService(service: unknown): boolean {
  const image = filled(valueAt(service, 'image'));
  return image !== '' && databasePortOf(image) !== null;
}

function checkedPort(test: string): number | null {
  const found =
    /\b(?:https?:\/\/|\/dev\/tcp\/)(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?:[:/](\d{1,5}))?/.exec(
      test,
    );
  if (!found) return null;
  if (found[1] !== undefined) return portOf(found[1]);
  return found[0].startsWith('http://') ? 80 : null;
}

function environmentPort(environment: unknown): number | null {
  const lines = Array.isArray(environment)
    ? (environment as unknown[]).map(filled)
    : Object.entries(isMapping(environment) ? environment : {}).map(
        ([name, value]) => `${name}=${filled(value)}`,
      );
  for (const name of PORT_NAMES) {
    const line = lines.find((item) => item.startsWith(`${name}=`));
    const port = portOf(line?.slice(name.length + 1));
    if (port !== null) return port;
  }
  return null;
}

function argumentPort(command: string): number | null {
  const found =
    /--console-address[= ]+["']?[\w.]*:(\d{2,5})/.exec(command) ??
    /--(?:http-|web-|server-)?port[= ]+["']?(\d{2,5})\b/.exec(command) ??
    /--(?:listen|addr|address|bind|host)[= ]+["']?[\w.]*:(\d{2,5})\b/.exec(command);
  return portOf(found?.[1]);
}

function textsOf(value: unknown): string {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map(filled).join(' ');
}

/** Text with the defaults of its variables. */
function filled(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return '';
  try {
    return interpolate(value, () => undefined).trim();
  } catch {
    return value.trim();
  }
}
