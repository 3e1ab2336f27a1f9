import { resolve } from 'node:path';

/** One folder of apps. */
export interface CatalogSource {
  /** Absolute. */
  readonly path: string;
  /** The policy lets everything of it pass. */
  readonly trusted: boolean;
  /** Our own. */
  readonly builtIn: boolean;
}

/**
 * Our own catalog first, then the entries of `CATALOG_PATHS` in order. `…=trusted` marks one whose
 * templates may do what the policy refuses.
 */
export function catalogSources(
  projectRoot: string,
  paths: readonly string[],
): readonly CatalogSource[] {
  return [
    { path: resolve(projectRoot, 'catalog'), trusted: false, builtIn: true },
    ...paths.map((entry) => ({
      path: resolve(projectRoot, entry.replace(/=trusted$/, '')),
      trusted: entry.endsWith('=trusted'),
      builtIn: false,
    })),
  ];
}
