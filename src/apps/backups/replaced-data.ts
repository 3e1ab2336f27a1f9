import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImageIds } from '../images/return-images';
import { copyTree, exists, removeTree } from './staging';

/** A folder with data of an app that a restore replaces. */
export interface ReplacedTree {
  readonly path: string;
  /** False: there was none before. */
  readonly existed: boolean;
}

/** What a restore replaces; written to the backup's row before the first folder is moved. */
export interface Replaced {
  readonly trees: readonly ReplacedTree[];
  /** Volumes that the restore has made. */
  readonly madeVolumes: readonly string[];
  /** Of an app that was installed: its row as it was. */
  readonly before: {
    readonly installationId: string;
    /** Base64. */
    readonly variables: string;
    readonly version: string | null;
    readonly templateDigest: string;
    readonly store: string | null;
    readonly stopped: boolean;
    readonly manifest: string | null;
    readonly leaseKeys: readonly string[];
    /** What the references of its images stood for. */
    readonly images?: ImageIds;
  } | null;
  /** Passwords that were kept with the data. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Of an app that was not installed: the idempotency key of its install. */
  readonly installKey: string | null;
}

/** Where the new data wait, on the same file system, so that one rename puts them in place. */
export const waitingAt = (path: string, id: string): string => beside(path, 'restored', id);
/** Where the old data wait until the app is up. */
const keptAt = (path: string, id: string): string => beside(path, 'before', id);

function beside(path: string, word: string, id: string): string {
  return join(dirname(path), `.${word}-${id}-${basename(path)}`);
}

/** Puts the new folder in place; can run again after a kill. */
export async function replaceTree({ path }: ReplacedTree, id: string): Promise<void> {
  const next = waitingAt(path, id);
  const kept = keptAt(path, id);
  if (!(await exists(next))) return;
  if (!(await exists(kept)) && (await exists(path))) await rename(path, kept);
  await rename(next, path);
}

/** Lays a copy beside the folder, for the time in which its data may be changed; can run again after a kill. */
export async function keepTree(path: string, id: string, signal: AbortSignal): Promise<void> {
  const kept = keptAt(path, id);
  if (await exists(kept)) return;
  const copy = waitingAt(path, id);
  await removeTree(copy);
  await copyTree(path, copy, signal);
  await rename(copy, kept);
}

/** Puts the old folder back, wherever the replacement stopped. */
export async function returnTree({ path, existed }: ReplacedTree, id: string): Promise<void> {
  const kept = keptAt(path, id);
  if (await exists(kept)) {
    await removeTree(path);
    await rename(kept, path);
  } else if (!existed) {
    await removeTree(path);
  }
  await removeTree(waitingAt(path, id));
}

/** Where the old data wait, and the new ones where they were not put in place. */
export const leftOf = ({ path }: ReplacedTree, id: string): string[] => [
  keptAt(path, id),
  waitingAt(path, id),
];

/** The app is up: the old data go. */
export async function discardKept(tree: ReplacedTree, id: string): Promise<void> {
  for (const folder of leftOf(tree, id)) await removeTree(folder);
}
