import { randomUUID } from 'node:crypto';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { Settings } from '../../platform/config/settings';
import { DomainError } from '../../platform/errors/domain-error';
import { isCommit } from '../../platform/git/git-address';
import { bilingual } from '../../platform/i18n/bilingual';
import { GitStore } from './git-store.entity';
import { GitStores } from './git-stores.service';
import { StoreCopies } from './store-copies';

const LOOK_EVERY_MS = 30_000;
/** Stores that one process fetches at the same time: one that stands still holds up no other. */
const AT_ONCE = 3;
const LEASE_MS = 20_000;
/** A store of which nothing was ever fetched is tried again after this, and so is a copy that this process lacks. */
const RETRY_MS = 10 * 60_000;
const SWEEP_EVERY_MS = 60 * 60_000;
const HOUR_MS = 3_600_000;

/**
 * Fetches git stores: the first commit, newer ones when asked and by the clock, and in any process the copy
 * that its data folder lacks. One process at a time looks at a store; the row is changed when the copy is
 * complete, so that a process that ends at any moment leaves the old state or the new one.
 */
@Injectable()
export class GitStoreRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(GitStoreRunner.name);
  private readonly closing = new AbortController();
  private readonly live = new Map<string, Promise<void>>();
  private readonly triedCopies = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();
  private sweptAt = 0;

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly stores: GitStores,
    private readonly copies: StoreCopies,
    private readonly audit: AuditService,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref();
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.closing.abort(new Error('shutting down'));
    await this.looking;
    await Promise.all(this.live.values());
  }

  /** Looks at once what there is to do. */
  wake(): void {
    this.looking = this.looking
      .then(() => this.look())
      .catch((error: unknown) => {
        if (!this.closing.signal.aborted) this.logger.warn({ err: error }, 'git stores were not looked at'); // prettier-ignore
      });
  }

  private async look(): Promise<void> {
    if (this.closing.signal.aborted) return;
    const rows = await this.stores.active();
    for (const row of rows) {
      if (this.live.size >= AT_ONCE) break;
      if (this.live.has(row.id) || !(this.lacksCopy(row) || this.isDue(row))) continue;
      const work = this.work(row).finally(() => {
        this.live.delete(row.id);
        if (rows.length > AT_ONCE) this.wake();
      });
      this.live.set(row.id, work);
    }
    if (Date.now() - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = Date.now();
    await this.copies.sweep(
      new Map(rows.map(({ id, commitId, newerId }) => [id, new Set([commitId, newerId].filter((one) => one !== null))])), // prettier-ignore
    );
  }

  private lacksCopy({ id, commitId }: GitStore): boolean {
    if (commitId === null || this.copies.has(id, commitId)) return false;
    return Date.now() - (this.triedCopies.get(id) ?? 0) > RETRY_MS;
  }

  private isDue({ commitId, ref, requestedAt, checkedAt, leaseUntil }: GitStore): boolean {
    const now = Date.now();
    if (leaseUntil !== null && leaseUntil.getTime() > now) return false;
    if (requestedAt !== null || checkedAt === null) return true;
    const age = now - checkedAt.getTime();
    if (commitId === null) return age > RETRY_MS;
    const { storeCheckHours: hours } = this.settings;
    return hours > 0 && !isCommit(ref) && age > hours * HOUR_MS;
  }

  private async work(row: GitStore): Promise<void> {
    try {
      if (row.commitId !== null && this.lacksCopy(row)) await this.restore(row, row.commitId);
      if (this.isDue(row)) await this.check(row);
    } catch (error) {
      if (!this.closing.signal.aborted)
        this.logger.warn({ err: error, store: row.url }, 'git store');
    }
  }

  /** Fetches the commit in use where the data folder of this process has no copy of it. */
  private async restore(row: GitStore, commit: string): Promise<void> {
    this.triedCopies.set(row.id, Date.now());
    try {
      await this.copies.fetch(row, commit, this.closing.signal);
      this.triedCopies.delete(row.id);
      await this.rows().update({ id: row.id, commitId: commit }, { failure: null });
      this.stores.announceChange();
    } catch (error) {
      await this.rows().update({ id: row.id, commitId: commit }, { failure: this.wordsOf(error) });
    }
  }

  /** Looks at the git server and stores what came of it, unless another process does. */
  private async check(row: GitStore): Promise<void> {
    const runToken = randomUUID();
    const started = new Date();
    if (!(await this.claim(row, runToken))) return;
    const renewal = setInterval(() => {
      void this.rows().update({ id: row.id, runToken }, { leaseUntil: leaseEnd() }).catch(() => undefined); // prettier-ignore
    }, LEASE_MS / 4);
    let patch: Partial<GitStore> = {};
    try {
      patch = { failure: null, ...(await this.newerOf(row)) };
    } catch (error) {
      // The next process begins anew.
      patch = this.closing.signal.aborted ? {} : { failure: this.wordsOf(error) };
    } finally {
      clearInterval(renewal);
    }
    const isOver = Object.keys(patch).length > 0;
    const own = { id: row.id, runToken };
    const same = row.commitId === null ? IsNull() : row.commitId;
    // An update that an administrator took meanwhile stands.
    const end = { runToken: null, leaseUntil: null };
    const done = isOver ? { ...patch, checkedAt: new Date(), ...end } : end;
    const { affected } = await this.rows().update({ ...own, commitId: same }, done);
    if (affected !== 1) await this.rows().update(own, end);
    else if (patch.commitId !== undefined) await this.taken(row, patch.commitId);
    if (isOver)
      await this.dataSource.query(
        'UPDATE git_stores SET requestedAt = NULL WHERE id = ? AND requestedAt <= ?',
        [row.id, started],
      );
  }

  /** The commit in use is another one, by no request. */
  private async taken(
    { id, commitId: before, url }: GitStore,
    commit: string | null,
  ): Promise<void> {
    this.stores.announceChange();
    if (before === null) return;
    const name = (await this.stores.list()).find(({ row }) => row.id === id)?.name ?? url;
    await this.audit.record({
      action: 'store.updated',
      target: { type: 'store', id: name },
      details: { repository: url, before, commit },
    });
  }

  private async claim(row: GitStore, runToken: string): Promise<boolean> {
    const { affectedRows }: { affectedRows: number } = await this.dataSource.query(
      `UPDATE git_stores SET runToken = ?, leaseUntil = ?
       WHERE id = ? AND (leaseUntil IS NULL OR leaseUntil < ?)`,
      [runToken, leaseEnd(), row.id, new Date()],
    );
    return affectedRows === 1;
  }

  /** What the row says once the commit that the address means now is here. */
  private async newerOf(row: GitStore): Promise<Partial<GitStore>> {
    const { id, commitId } = row;
    const { signal } = this.closing;
    const commit = await this.copies.resolve(row, signal);
    await this.copies.fetch(row, commit, signal);
    if (commit === commitId) return { newerId: null, changes: null };
    if (commitId === null || this.settings.storeUpdates === 'take') {
      this.logger.log(`Took commit ${commit} of ${row.url} in place of ${commitId ?? 'nothing'}`);
      return { commitId: commit, newerId: null, changes: null, takenAt: new Date() };
    }
    await this.copies.fetch(row, commitId, signal);
    const changes = await this.copies.changes(id, commitId, commit);
    if (row.newerId !== commit) this.logger.log(`${row.url} has a newer commit ${commit}`);
    return { newerId: commit, changes: JSON.stringify(changes) };
  }

  private wordsOf(error: unknown): string {
    if (!(error instanceof DomainError))
      this.logger.error({ err: error }, 'a git store was not fetched');
    const text =
      error instanceof DomainError
        ? error.text
        : bilingual('发生意外错误，详见服务器日志。', 'An unexpected error; see the server’s log.');
    return JSON.stringify(text);
  }

  private rows() {
    return this.dataSource.getRepository(GitStore);
  }
}

function leaseEnd(): Date {
  return new Date(Date.now() + LEASE_MS);
}
