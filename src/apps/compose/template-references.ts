import { posix } from 'node:path';
import type { KeyPath } from './model';

interface Reference {
  /** Relative to the app's folder. */
  readonly path: string;
  readonly key: KeyPath;
}

/** Files that a Compose file names and that are to be read with it. `fill` fills in variables. */
export function referencesOf(
  data: unknown,
  fill: (text: string) => string,
): { readonly texts: readonly Reference[]; readonly dockerfiles: readonly Reference[] } {
  const texts: Reference[] = [];
  const dockerfiles: Reference[] = [];
  const addText = (value: unknown, key: KeyPath) => {
    if (typeof value === 'string') texts.push({ path: fill(value), key });
  };
  for (const [name, service] of entries(data, 'services')) {
    const key: KeyPath = ['services', name, 'env_file'];
    const files = valueAt(service, 'env_file');
    for (const item of Array.isArray(files) ? (files as unknown[]) : [files]) {
      addText(typeof item === 'string' ? item : valueAt(item, 'path'), key);
    }
    const dockerfile = dockerfileOf(valueAt(service, 'build'), fill);
    if (dockerfile !== null)
      dockerfiles.push({ path: dockerfile, key: ['services', name, 'build'] });
  }
  return { texts, dockerfiles };
}

/** The Dockerfile of a local build; null where there is none to look for. */
function dockerfileOf(build: unknown, fill: (text: string) => string): string | null {
  if (build === undefined || build === null) return null;
  if (typeof valueAt(build, 'dockerfile_inline') === 'string') return null;
  const context = typeof build === 'string' ? build : (valueAt(build, 'context') ?? '.');
  const file = valueAt(build, 'dockerfile') ?? 'Dockerfile';
  if (typeof context !== 'string' || typeof file !== 'string') return null;
  const folder = fill(context);
  if (/^[a-z][a-z0-9+.-]*:|^git@|^[/~]/i.test(folder)) return null;
  return posix.join(folder, fill(file));
}

function entries(value: unknown, key: string): [string, unknown][] {
  const found = valueAt(value, key);
  return typeof found === 'object' && found !== null ? Object.entries(found) : [];
}

function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
