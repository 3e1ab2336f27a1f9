import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGitAddress, type GitAddress } from '../../../src/platform/git/git-address';
import { fetchTree, resolveRef } from '../../../src/platform/git/fetch-tree';
import type { GitLimits } from '../../../src/platform/git/git-session';
import { GitServer, type GitRepository } from '../../support/git/git-server';

const NEVER = new AbortController().signal;

describe('fetching a commit', () => {
  let server: GitServer;
  let parent: string;
  let limits: GitLimits;
  let count = 0;
  let repository: GitRepository;

  beforeAll(async () => {
    server = await GitServer.start();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'fetch-'));
    limits = {
      maxBytes: 4 * 1024 * 1024,
      seconds: 60,
      networks: ['127.0.0.1'],
      caFile: server.caFile,
    };
    server.misbehaviour = null;
    repository = server.repository(`r${++count}`);
  });
  afterEach(async () => {
    // Whatever happened, no session leaves anything behind.
    expect((await readdir(parent)).filter((name) => name.startsWith('.'))).toEqual([]);
    await rm(parent, { recursive: true, force: true });
  });

  function addressOf(tail = ''): GitAddress {
    const read = readGitAddress(`${repository.url}${tail}`);
    if ('problem' in read) throw new Error(read.problem.en);
    return read.address;
  }
  const resolve = (tail = '') => resolveRef(parent, addressOf(tail), { limits, signal: NEVER });
  const fetch = (commit: string, tail = '') =>
    fetchTree(addressOf(tail), commit, join(parent, commit), { limits, signal: NEVER });
  const text = (commit: string, path: string) =>
    readFile(join(parent, commit, 'tree', path), 'utf8');

  it('finds branches, tags of both kinds and the default branch, and keeps a commit as it is', async () => {
    const first = repository.write({ 'a.txt': 'one' }).commit();
    repository.git('tag', 'plain');
    repository.git('tag', '-a', '-m', 'note', 'noted');
    const second = repository.write({ 'a.txt': 'two' }).commit('feature/家');
    repository.serverGit('fetch', '-q', repository.workTree, 'refs/tags/*:refs/tags/*');
    expect(await resolve()).toBe(first);
    expect(await resolve('#plain')).toBe(first);
    expect(await resolve('#noted')).toBe(first);
    expect(await resolve('#feature/家')).toBe(second);
    expect(await resolve(`#${'0'.repeat(40)}`)).toBe('0'.repeat(40));
    await expect(resolve('#nosuch')).rejects.toThrow('no branch, tag or commit nosuch');
  });

  it('writes the files of that commit as they are, links as text, submodules not at all', async () => {
    repository
      .write({
        'apps/web/docker-compose.yml': 'services: {}\n',
        'apps/日本語/compose.yml': 'x',
        'apps/crlf.txt': 'a\nb\n',
        'apps/run.sh': '#!/bin/sh\n',
        '.gitattributes':
          '*.txt text eol=crlf\n*.yml filter=evil ident working-tree-encoding=UTF-16\n',
      })
      .link('apps/out', '/etc/passwd')
      .link('apps/up', '../../..');
    repository.commit();
    repository.git('update-index', '--chmod=+x', 'apps/run.sh');
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},apps/sub`);
    repository.git('commit', '-q', '-m', 'a submodule');
    repository.git('push', '-q', '-f', repository.serverFolder, 'HEAD:refs/heads/main');
    const commit = repository.git('rev-parse', 'HEAD');
    await fetch(commit);
    expect(await text(commit, 'apps/web/docker-compose.yml')).toBe('services: {}\n');
    expect(await text(commit, 'apps/日本語/compose.yml')).toBe('x');
    expect(await text(commit, 'apps/crlf.txt')).toBe('a\nb\n');
    expect(await text(commit, 'apps/out')).toBe('/etc/passwd');
    expect(await text(commit, 'apps/up')).toBe('../../..');
    const { mode } = await stat(join(parent, commit, 'tree/apps/run.sh'));
    expect(mode & 0o100).toBe(0o100);
    const files = JSON.parse(await readFile(join(parent, commit, 'files.json'), 'utf8')) as object;
    expect(Object.keys(files)).toContain('apps/日本語/compose.yml');
    expect(await readdir(join(parent, commit))).toEqual(['files.json', 'tree']);
  });

  it('takes a folder only, and says where there is none', async () => {
    const commit = repository.write({ 'x/store/apps/a/compose.yml': 'a', 'y.txt': 'y' }).commit();
    await fetch(commit, '#main:x/store');
    expect(await readdir(join(parent, commit, 'tree'))).toEqual(['apps']);
    const other = repository.write({ 'y.txt': 'z' }).commit();
    await expect(fetch(other, '#main:nowhere')).rejects.toThrow('no folder nowhere');
    await expect(fetch(other, '#main:y.txt')).rejects.toThrow('no folder y.txt');
  });

  it('still has a commit that a branch has left', async () => {
    const before = repository.write({ a: '1' }).commit();
    repository.git('commit', '-q', '--amend', '-m', 'again');
    const after = repository.commit();
    await fetch(before);
    await fetch(after);
    expect(await text(before, 'a')).toBe('1');
    await expect(fetch('1'.repeat(40))).rejects.toThrow(/no branch, tag or commit/);
  });

  it('refuses a repository that is too large before it writes files', async () => {
    const incompressible = repository.write({ 'big.bin': randomBytes(6 * 1024 * 1024) }).commit();
    await expect(fetch(incompressible)).rejects.toThrow('too large');
    const bomb = repository
      .write({ 'big.bin': null, 'zero.bin': Buffer.alloc(64 * 1024 * 1024) })
      .commit();
    await expect(fetch(bomb)).rejects.toThrow('too large');
    expect(await readdir(parent)).toEqual([]);
  });

  it('stops counting the files of a tree that has more than any store', async () => {
    // Ten levels of ten times the same tree: 10^10 files from a few objects.
    const blob = repository.blob('x');
    let tree = repository.tree(Array.from({ length: 10 }, (_, n) => `100644 blob ${blob}\tf${n}`));
    for (let level = 0; level < 9; level++)
      tree = repository.tree(Array.from({ length: 10 }, (_, n) => `040000 tree ${tree}\td${n}`));
    const commit = repository.git('commit-tree', tree, '-m', 'bomb');
    repository.git('push', '-q', '-f', repository.serverFolder, `${commit}:refs/heads/main`);
    await expect(fetch(commit)).rejects.toThrow('too large');
  });

  it('refuses damaged data, and names that lead out of the folder', async () => {
    const commit = repository.write({ a: randomBytes(20_000) }).commit();
    server.misbehaviour = { kind: 'damage' };
    await expect(fetch(commit)).rejects.toThrow('damaged or against the rules');
    server.misbehaviour = null;
    const blob = repository.blob('x');
    for (const name of ['..', '.git', '.']) {
      const tree = repository.rawTree([{ mode: '100644', name, id: blob }]);
      const evil = repository.git('commit-tree', tree, '-m', 'evil');
      repository.git('push', '-q', '-f', repository.serverFolder, `${evil}:refs/heads/evil`);
      await expect(fetch(evil)).rejects.toThrow('damaged or against the rules');
    }
  });

  it('gives a server up that stands still, at the references and at the files', async () => {
    const commit = repository.write({ a: '1' }).commit();
    limits = { ...limits, seconds: 3 };
    server.misbehaviour = { kind: 'stall', on: 'refs' };
    await expect(resolve()).rejects.toThrow('stands still');
    server.misbehaviour = { kind: 'stall', on: 'pack' };
    await expect(fetch(commit)).rejects.toThrow('stands still');
  });

  it.each([
    [{ kind: 'status', status: 404 } as const, 'only public ones'],
    [{ kind: 'status', status: 401 } as const, 'only public ones'],
    [{ kind: 'status', status: 301, location: 'https://127.0.0.1:1/x' } as const, 'redirects'],
    [{ kind: 'status', status: 503 } as const, 'cannot be reached'],
  ])('tells what a server means by %j', async (misbehaviour, words) => {
    server.misbehaviour = misbehaviour;
    await expect(resolve()).rejects.toThrow(words);
  });

  it('reaches no address that is not public unless it is allowed, whatever the name', async () => {
    repository.write({ a: '1' }).commit();
    const before = server.requests;
    limits = { ...limits, networks: [] };
    await expect(resolve()).rejects.toThrow('STORE_NETWORKS');
    const byName = { ...addressOf(), url: repository.url.replace('127.0.0.1', 'localhost') };
    await expect(resolveRef(parent, byName, { limits, signal: NEVER })).rejects.toThrow(
      'STORE_NETWORKS',
    );
    const unknown = { ...addressOf(), url: 'https://nosuch.invalid/x.git' };
    await expect(resolveRef(parent, unknown, { limits, signal: NEVER })).rejects.toThrow(
      'name of the git server',
    );
    expect(server.requests).toBe(before);
  });

  it('trusts no certificate of an authority that nobody named', async () => {
    repository.write({ a: '1' }).commit();
    limits = { ...limits, caFile: null };
    await expect(resolve()).rejects.toThrow('STORE_CA_FILE');
  });

  it('ends with the reason of its signal', async () => {
    const commit = repository.write({ a: '1' }).commit();
    server.misbehaviour = { kind: 'stall', on: 'pack' };
    const stop = new AbortController();
    const call = fetchTree(addressOf(), commit, join(parent, commit), { limits, signal: stop.signal }); // prettier-ignore
    setTimeout(() => stop.abort(new Error('shutting down')), 300);
    await expect(call).rejects.toThrow('shutting down');
  });

  it('lets the first of two processes win that fetch the same', async () => {
    const commit = repository.write({ a: '1' }).commit();
    await Promise.all([fetch(commit), fetch(commit)]);
    expect(await text(commit, 'a')).toBe('1');
  });
});
