import { posix } from 'node:path';
import type { ComposeSource } from '../language/compose-source';
import { below } from '../language/app-folder-path';
import { entriesAt, valueAt } from '../language/plain-data';
import type { KeyPath } from '../language/yaml-source';
import { isRemoteContext } from '../project/read-build';

interface Reference {
  /** Relative to the app's folder. */
  readonly path: string;
  readonly key: KeyPath;
}

/** Files that a Compose file names and that are to be read with it. `fill` fills in variables. */
export function referencesOf(
  source: ComposeSource,
  fill: (text: string) => string,
): { readonly texts: readonly Reference[]; readonly dockerfiles: readonly Reference[] } {
  const texts: Reference[] = [];
  const dockerfiles: Reference[] = [];
  for (const [name, service] of entriesAt(source.data, 'services')) {
    for (const kind of ['env_file', 'label_file']) {
      const key: KeyPath = ['services', name, kind];
      const files = valueAt(service, kind);
      const items = Array.isArray(files) ? (files as unknown[]) : [files];
      for (const [index, item] of items.entries()) {
        const path = typeof item === 'string' ? item : valueAt(item, 'path');
        if (typeof path !== 'string') continue;
        texts.push({ path: below(source.folderOf([...key, index]), fill(path)), key });
      }
    }
    const build: KeyPath = ['services', name, 'build'];
    const dockerfile = dockerfileOf(valueAt(service, 'build'), fill);
    if (dockerfile !== null) {
      const folder = source.folderOf([...build, 'context']);
      dockerfiles.push({ path: below(folder, dockerfile), key: build });
    }
  }
  return { texts, dockerfiles };
}

/** The Dockerfile of a local build; null where there is none to look for. */
function dockerfileOf(build: unknown, fill: (text: string) => string): string | null {
  if (build === null) return null;
  if (typeof valueAt(build, 'dockerfile_inline') === 'string') return null;
  const context = typeof build === 'string' ? build : (valueAt(build, 'context') ?? '.');
  const file = valueAt(build, 'dockerfile') ?? 'Dockerfile';
  if (typeof context !== 'string' || typeof file !== 'string') return null;
  const folder = fill(context);
  if (isRemoteContext(folder) || /^[/~]/.test(folder)) return null;
  return posix.join(folder, fill(file));
}
