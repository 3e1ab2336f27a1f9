import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GitAddress } from './git-address';
import { isCommit } from './git-address';
import { GitSession, type GitLimits } from './git-session';
import { FolderGoneError, RefGoneError, RepositoryTooLargeError } from './git.errors';

/** More files than any store of apps has. */
const MAX_FILES = 100_000;
const MAX_PATH_BYTES = 1_000;
/** No attribute of a repository changes what is written: its bytes are those of the commit. */
const NO_ATTRIBUTES = '* -text -eol -ident -filter -diff -merge !working-tree-encoding\n';

export interface FetchOptions {
  readonly limits: GitLimits;
  readonly signal: AbortSignal;
}

/** The commit that the address means now. @throws DomainError from `git.errors.ts` */
export function resolveRef(
  parent: string,
  { url, ref }: GitAddress,
  { limits, signal }: FetchOptions,
): Promise<string> {
  if (isCommit(ref)) return Promise.resolve(ref);
  return GitSession.run(parent, limits, signal, async (session) => {
    const names = namesOf(ref);
    const { output } = await session.git(['ls-remote', '--', url, ...names], ref, {
      keepOutput: true,
    });
    const found = new Map(
      output.split('\n').map((line) => line.split('\t').reverse() as [string, string]),
    );
    const commit = names.map((name) => found.get(name)).find((id) => id && isCommit(id));
    if (!commit) throw new RefGoneError(ref);
    return commit;
  });
}

/**
 * Fetches one commit and puts its files into `target`: `tree/` with the files, links as plain text and no
 * submodules, and `files.json` with what identifies the content of each. The folder comes into being at once and
 * complete; where another process was first, its one stays.
 * @throws DomainError from `git.errors.ts`
 */
export function fetchTree(
  { url, ref, folder }: GitAddress,
  commit: string,
  target: string,
  { limits, signal }: FetchOptions,
): Promise<void> {
  return GitSession.run(dirname(target), limits, signal, async (session) => {
    const made = join(session.folder, 'made');
    await mkdir(join(made, 'tree'), { recursive: true });
    await session.git(['init', '--quiet', '--bare', '--template=']);
    await mkdir(join(session.repository, 'info'), { recursive: true });
    await writeFile(join(session.repository, 'info', 'attributes'), NO_ATTRIBUTES);
    await fetchCommit(session, url, ref, commit);
    const tree = await treeOf(session, commit, folder);
    const files = await filesOf(session, tree, limits.maxBytes);
    await writeFile(join(made, 'files.json'), JSON.stringify(Object.fromEntries(files)));
    const environment = { GIT_WORK_TREE: join(made, 'tree') };
    await session.git(['read-tree', tree], ref);
    await session.git(['checkout-index', '--all', '--force', '--quiet'], ref, { environment });
    await rename(made, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  });
}

/** By its id; from a server that gives no commit by its id, by the ref, if that is still the same commit. */
async function fetchCommit(
  session: GitSession,
  url: string,
  ref: string,
  commit: string,
): Promise<void> {
  const fetch = (what: string) =>
    session.git(['fetch', '--quiet', '--depth=1', '--no-tags', '--', url, what], ref);
  try {
    await fetch(commit);
  } catch (error) {
    if (!(error instanceof RefGoneError) || isCommit(ref)) throw error;
    for (const name of namesOf(ref).filter((one) => !one.endsWith('^{}'))) {
      await fetch(name).catch(() => undefined);
      if (await session.git(['cat-file', '-e', commit]).then(() => true, () => false)) return; // prettier-ignore
    }
    throw error;
  }
}

async function treeOf(session: GitSession, commit: string, folder: string): Promise<string> {
  const named = `${commit}^{commit}:${folder}`;
  const { output } = await session
    .git(['rev-parse', '--verify', '--quiet', '--end-of-options', named], '', { keepOutput: true })
    .catch(() => ({ output: '' }));
  const tree = output.trim().split('\n').at(-1) ?? '';
  const { output: type } = isCommit(tree)
    ? await session.git(['cat-file', '-t', tree], '', { keepOutput: true })
    : { output: '' };
  if (type.trim() !== 'tree') throw new FolderGoneError(folder);
  return tree;
}

/** Path and content of every file, before anything is written. @throws RepositoryTooLargeError */
async function filesOf(
  session: GitSession,
  tree: string,
  maxBytes: number,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  let bytes = 0;
  const tooLarge = new AbortController();
  try {
    await session.git(['ls-tree', '-r', '-l', '--full-tree', tree], '', {
      signal: tooLarge.signal,
      onLine: (line) => {
        const [, mode = '', type, id = '', size = '', path = ''] =
          /^(\d+) (\w+) (\w+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
        if (type !== 'blob') return;
        bytes += Number(size);
        files.set(path, `${id} ${mode}`);
        if (files.size > MAX_FILES || bytes > maxBytes || path.length > MAX_PATH_BYTES)
          tooLarge.abort(new RepositoryTooLargeError());
      },
    });
  } catch (error) {
    tooLarge.signal.throwIfAborted();
    throw error;
  }
  return files;
}

/** What a name means, best first: a branch, then a tag. */
function namesOf(ref: string): string[] {
  if (ref === '') return ['HEAD'];
  const full = ref.startsWith('refs/') ? [] : [`refs/heads/${ref}`];
  const tag = ref.startsWith('refs/') ? ref : `refs/tags/${ref}`;
  return [...full, `${tag}^{}`, tag];
}
