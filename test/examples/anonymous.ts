import { hostname, tmpdir } from 'node:os';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';

/** Entries of a list that an example shows. */
const SHOWN = 2;
const SECRET = /^(access_token|refresh_token|ticket|setup_token|key)$/;

/** The recorded answers without secrets, names of this machine and long lists. */
export function anonymous(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    // Lists of numbers belong together: averages over 1, 5 and 15 minutes.
    const shown = value.every((entry) => typeof entry === 'number') ? value : value.slice(0, SHOWN);
    return shown.map((entry) => anonymous(entry));
  }
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, anonymous(inner, name)]),
    );
  if (typeof value !== 'string') return value;
  if (SECRET.test(key)) return value.replace(/[A-Za-z0-9_-]/g, '0');
  const lines = value.split('\n');
  const text = lines.length > 12 ? `${lines.slice(0, 12).join('\n')}\n` : value;
  return text
    .replace(
      /^data: (\{.*\})$/gm,
      (_, data: string) => `data: ${JSON.stringify(anonymous(JSON.parse(data)))}`,
    )
    .replace(/\bt[0-9a-f]{10}-/g, 'stackscape-')
    .replaceAll(PROJECT_ROOT, '/opt/stackscape')
    .replaceAll(tmpdir(), '/var/lib/stackscape')
    .replaceAll(hostname(), 'server')
    .replace(/https:\/\/127\.0\.0\.1:\d+\//g, 'https://git.example.org/');
}
