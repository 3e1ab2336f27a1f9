import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { gitAddressText, type GitAddress } from '../../platform/git/git-address';
import { fetchTree, resolveRef } from '../../platform/git/fetch-tree';
import { SESSION_PREFIX, type GitLimits } from '../../platform/git/git-session';
import { changesBetween, type AppChanges, type StoreCopy } from './app-changes';

/** A process may still read a copy, or be in a session, so long after it was left. */
const KEPT_MS = 60 * 60 * 1000;

/** The id of a store: the same for the same folder of the same repository at the same ref. */
export function storeIdOf(address: GitAddress): string {
  return createHash('sha256').update(gitAddressText(address)).digest('hex').slice(0, 32);
}

/**
 * The copies of git stores in the data folder, one folder for each store and commit. A copy comes into being
 * complete and is never changed: which one is in use is said by the row.
 */
@Injectable()
export class StoreCopies {
  private readonly root: string;
  private readonly limits: GitLimits;

  constructor(settings: Settings) {
    this.root = join(settings.dataDir, 'stores');
    this.limits = {
      maxBytes: settings.storeMaxMegabytes * 1024 * 1024,
      seconds: settings.storeFetchSeconds,
      networks: settings.storeNetworks,
      caFile: settings.storeCaFile,
    };
  }

  /** Where the files of a commit are. */
  tree(id: string, commit: string): string {
    return join(this.root, id, commit, 'tree');
  }

  has(id: string, commit: string): boolean {
    return existsSync(this.tree(id, commit));
  }

  /** The commit that the address means now. @throws DomainError from `git.errors.ts` */
  resolve(address: GitAddress, signal: AbortSignal): Promise<string> {
    return resolveRef(this.root, address, { limits: this.limits, signal });
  }

  /** Fetches the commit unless it is there. @throws DomainError from `git.errors.ts` */
  async fetch(address: GitAddress, commit: string, signal: AbortSignal): Promise<void> {
    const id = storeIdOf(address);
    if (this.has(id, commit)) return;
    const target = join(this.root, id, commit);
    await fetchTree(address, commit, target, { limits: this.limits, signal });
  }

  /** Which apps differ between two commits that are here. */
  async changes(id: string, before: string, after: string): Promise<AppChanges> {
    return changesBetween(await this.read(id, before), await this.read(id, after));
  }

  /** Removes what no row names any more and nobody can be reading. */
  async sweep(used: ReadonlyMap<string, ReadonlySet<string>>, now = Date.now()): Promise<void> {
    for (const id of await names(this.root)) {
      const folder = join(this.root, id);
      const commits = used.get(id);
      for (const name of id.startsWith(SESSION_PREFIX) ? [] : await names(folder))
        if (!commits?.has(name)) await removeOld(join(folder, name), now);
      if (!commits && (await names(folder)).length === 0) await removeOld(folder, now);
      if (id.startsWith(SESSION_PREFIX)) await removeOld(folder, now);
    }
  }

  private async read(id: string, commit: string): Promise<StoreCopy> {
    const text = await readFile(join(this.root, id, commit, 'files.json'), 'utf8');
    return { tree: this.tree(id, commit), files: JSON.parse(text) as Record<string, string> };
  }
}

function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function removeOld(path: string, now: number): Promise<void> {
  const touched = await stat(path).catch(() => null);
  if (touched && now - touched.ctimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
}
