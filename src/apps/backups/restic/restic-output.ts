import type { DomainError } from '../../../platform/errors/domain-error';
import {
  BackupDamagedError,
  RepositoryAwayError,
  RepositoryFullError,
  RepositoryKeyWrongError,
  RepositoryLockedError,
  RepositoryReadOnlyError,
  ResticFailedError,
} from '../backup.errors';

/** How far a save is. */
export interface ResticProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Null while restic cannot tell. */
  readonly secondsLeft: number | null;
}

/** What a save has made. */
export interface ResticSummary {
  readonly snapshotId: string;
  /** Bytes that the repository grew by, before compression. */
  readonly addedBytes: number;
  readonly totalBytes: number;
}

export interface ResticSnapshot {
  readonly id: string;
  readonly tags: readonly string[];
  readonly time: string;
}

/** One line of `restic backup --json`; null for what is neither progress nor summary. */
export function readResticLine(line: string): ResticProgress | ResticSummary | null {
  if (!line.startsWith('{')) return null;
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const number = (name: string): number => {
    const value = message[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : 0;
  };
  if (message['message_type'] === 'status') {
    const secondsLeft = message['seconds_remaining'];
    return {
      bytesDone: number('bytes_done'),
      bytesTotal: number('total_bytes'),
      secondsLeft: typeof secondsLeft === 'number' ? secondsLeft : null,
    };
  }
  if (message['message_type'] === 'summary' && typeof message['snapshot_id'] === 'string') {
    return {
      snapshotId: message['snapshot_id'],
      addedBytes: number('data_added'),
      totalBytes: number('total_bytes_processed'),
    };
  }
  return null;
}

/** What rules of retention mean for snapshots, by their ids. */
export interface ForgetPlan {
  /** With what each of them is kept for, e.g. `daily snapshot`. */
  readonly keep: ReadonlyMap<string, readonly string[]>;
  readonly remove: readonly string[];
}

/** The output of `restic forget --json`; empty where no snapshot was chosen. */
export function readForgetPlan(output: string): ForgetPlan {
  const text = output.split('\n').find((line) => line.startsWith('[')) ?? '[]';
  const groups = JSON.parse(text) as {
    keep?: { id: string; time: string }[] | null;
    remove?: { id: string }[] | null;
    reasons?: { snapshot: { time: string }; matches: string[] }[] | null;
  }[];
  const keep = new Map<string, readonly string[]>();
  const remove: string[] = [];
  for (const group of groups) {
    for (const { id, time } of group.keep ?? []) {
      const reason = group.reasons?.find(({ snapshot }) => snapshot.time === time);
      keep.set(id, reason?.matches ?? []);
    }
    remove.push(...(group.remove ?? []).map(({ id }) => id));
  }
  return { keep, remove };
}

const READ_ONLY = /read-only file system|permission denied|access denied|AccessDenied/i;

/** The last lines that restic wrote about an error, without colours and JSON; at most 400 characters. */
export function lastWords(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(Usage|Flags|Global Flags|created new cache)/i.test(line));
  return lines.slice(-4).join(' | ').slice(-400);
}

/**
 * What a line says that restic writes before it tries again, where no further try can do better: a file with data is
 * gone, or not even a lock can be written. Restic itself tries for about a minute.
 */
export function finalFault(line: string): 'file-gone' | 'read-only' | null {
  const [, call = '', reason = ''] =
    /^(\w+\(<\w+\/).* returned error, retrying after (.*)$/.exec(line) ?? [];
  if (
    call === 'Load(<data/' &&
    /no such file or directory|file does not exist|specified key does not exist/i.test(reason)
  )
    return 'file-gone';
  if (call === 'Save(<lock/' && READ_ONLY.test(reason)) return 'read-only';
  return null;
}

/** The failure that restic's words stand for. `output` must hold no secret. */
export function classifyResticFailure(repository: string, output: string): DomainError {
  const said = lastWords(output);
  const is = (pattern: RegExp): boolean => pattern.test(output);
  if (is(/wrong password or no key found/i)) return new RepositoryKeyWrongError(repository);
  if (is(/publickey|host key verification failed|signature we calculated|access key id/i))
    return new RepositoryAwayError(repository, said);
  if (is(/no space left on device|disk quota exceeded/i))
    return new RepositoryFullError(repository);
  if (is(/already locked/i)) return new RepositoryLockedError(repository);
  if (is(READ_ONLY)) return new RepositoryReadOnlyError(repository);
  if (
    is(
      /ciphertext verification failed|does not match|invalid data returned|repository contains errors|hash mismatch|unexpected EOF|pack .* (is )?(not referenced|damaged|missing)|StreamPack: |errors were found|file .* truncated|not found in index|not found in repository/i,
    )
  )
    return new BackupDamagedError(said);
  if (
    is(
      /unable to open config file|unable to open repository|Is there a repository|no such host|connection refused|i\/o timeout|connection reset|subprocess ssh|network is unreachable|no such file or directory|not a directory|The specified bucket does not exist/i,
    )
  )
    return new RepositoryAwayError(repository, said);
  return new ResticFailedError(said);
}
