import { basename, resolve } from 'node:path';
import type { CatalogPath } from '../../platform/config/parsers';
import { gitAddressText, type GitAddress } from '../../platform/git/git-address';

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
  /** Where it is the copy of a git repository. */
  readonly git?: {
    /** `url#ref:folder` */
    readonly address: string;
    /** The commit that is used; null as long as nothing was fetched. */
    readonly commit: string | null;
  };
}

/** A git store that an administrator has added: never trusted. */
export interface AddedStore {
  readonly name: string;
  readonly address: GitAddress;
}

/** Where the copy of a git store is, and which commit is in use. */
export type FindCopy = (address: GitAddress) => {
  readonly path: string;
  readonly commit: string | null;
};

/** Name of our own catalog as a store. */
const OWN_STORE = 'stackscape';

/** The longest name of a store. */
export const MAX_STORE_NAME = 50;

/**
 * Our own catalog first, then the entries of `CATALOG_PATHS` in order, then the stores that were added. Only
 * the settings can say that a store is trusted. A store is called after its folder or repository; an added one
 * whose name the settings have taken since gets a number.
 */
export function catalogSources(
  projectRoot: string,
  paths: readonly CatalogPath[],
  added: readonly AddedStore[] = [],
  findCopy: FindCopy = () => ({ path: '', commit: null }),
): readonly CatalogSource[] {
  const taken = new Set([OWN_STORE]);
  const own = resolve(projectRoot, 'catalog');
  const gitSource = (address: GitAddress, trusted: boolean, store: string): CatalogSource => {
    const { path, commit } = findCopy(address);
    const git = { address: gitAddressText(address), commit };
    return { path, trusted, builtIn: false, store, git };
  };
  return [
    { path: own, trusted: false, builtIn: true, store: OWN_STORE },
    ...paths.map((entry): CatalogSource => {
      const { trusted } = entry;
      if ('git' in entry)
        return gitSource(entry.git, trusted, freeName(gitStoreName(entry.git), taken));
      const path = resolve(projectRoot, entry.folder);
      return { path, trusted, builtIn: false, store: freeName(storeNameOf(path), taken) };
    }),
    ...added.map(({ name, address }) => gitSource(address, false, freeName(name, taken))),
  ];
}

/** What the store of a repository is called. */
export function gitStoreName({ url }: GitAddress): string {
  return storeNameOf(url.replace(/\.git$/, ''));
}

/** What a store at this path is called. */
function storeNameOf(path: string): string {
  const plain = basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .slice(0, MAX_STORE_NAME);
  return /^[a-z0-9]/.test(plain) ? plain : `store-${plain.replace(/^[^a-z0-9]+/, '')}`;
}

/** With a number where it is taken; takes it. */
export function freeName(name: string, taken: Set<string>): string {
  let store = name;
  for (let count = 2; taken.has(store); count++) store = `${name}-${count}`;
  taken.add(store);
  return store;
}
