import { posix } from 'node:path';
import type { ComposeProject, ComposeService } from '../project/compose-project';

/** Ids of a user and group, as containers and the machine share them. */
export interface FileOwner {
  readonly uid: number;
  /** Null where only the image knows it. */
  readonly gid: number | null;
}

/** Ids are 32 bits; the last one means "unchanged". */
const MAX_ID = 2 ** 32 - 2;

/**
 * The one user that all of these services run as, from their first process on. Null where that is not
 * known: a name stands in the image, and a container that begins as root may change to any user.
 */
export function ownerFor(services: readonly ComposeService[]): FileOwner | null {
  const [first, ...others] = services.map(({ user }) => user ?? '');
  if (first === undefined || others.some((user) => user !== first)) return null;
  const [, uid, gid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(first) ?? [];
  const ids = { uid: Number(uid), gid: gid === undefined ? null : Number(gid) };
  const isKnown = uid !== undefined && ids.uid > 0 && Math.max(ids.uid, ids.gid ?? 0) <= MAX_ID;
  return isKnown ? ids : null;
}

/** Services that see a file of the app's folder through a bind, a config or a secret. */
export function readersOf(path: string, project: ComposeProject): ComposeService[] {
  const file = posix.join('/', path);
  const holdsFile = (source: string | null | undefined): boolean => {
    if (!source) return false;
    const holder = posix.join('/', source, '/');
    return `${file}/`.startsWith(holder);
  };
  return [...project.services.values()].filter(
    ({ mounts, configs, secrets }) =>
      mounts.some(({ type, source }) => type === 'bind' && holdsFile(source)) ||
      configs.some(({ source }) => holdsFile(project.configs.get(source)?.file)) ||
      secrets.some(({ source }) => holdsFile(project.secrets.get(source)?.file)),
  );
}
