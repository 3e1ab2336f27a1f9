import { basename, resolve } from 'node:path';

/** One folder of apps. */
export interface CatalogSource {
  /** Absolute. */
  readonly path: string;
  /** The policy lets everything of it pass. */
  readonly trusted: boolean;
  /** Our own. */
  readonly builtIn: boolean;
  /** Short and unique: `store/app` picks an app of it. */
  readonly store: string;
}

/** Name of our own catalog as a store. */
const OWN_STORE = 'stackscape';

/**
 * Our own catalog first, then the entries of `CATALOG_PATHS` in order. `…=trusted` marks one whose
 * templates may do what the policy refuses. A store is called after its folder.
 */
export function catalogSources(
  projectRoot: string,
  paths: readonly string[],
): readonly CatalogSource[] {
  const taken = new Set([OWN_STORE]);
  const own = resolve(projectRoot, 'catalog');
  return [
    { path: own, trusted: false, builtIn: true, store: OWN_STORE },
    ...paths.map((entry) => {
      const path = resolve(projectRoot, entry.replace(/=trusted$/, ''));
      const store = storeNameOf(path, taken);
      return { path, trusted: entry.endsWith('=trusted'), builtIn: false, store };
    }),
  ];
}

/** The folder's own name, with a number where it is taken. */
function storeNameOf(path: string, taken: Set<string>): string {
  const plain = basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .slice(0, 50);
  const name = /^[a-z0-9]/.test(plain) ? plain : `store-${plain.replace(/^[^a-z0-9]+/, '')}`;
  let store = name;
  for (let count = 2; taken.has(store); count++) store = `${name}-${count}`;
  taken.add(store);
  return store;
}
