import type { DataSource, EntityTarget, SelectQueryBuilder } from 'typeorm';
import { retryDatabase } from '../../platform/database/retry-database';
import { isHolderGone, newRunToken } from '../../platform/processes/run-token';
import type { Home } from '../homes/home';

/** A run that has not renewed its lease for this long may be replaced by another. */
const LEASE_SECONDS = 15;
const RENEW_EVERY_MS = (LEASE_SECONDS * 1000) / 4;
/** What a process that is gone has asked of the engine, and its child processes, end within this time. */
const LAST_WORDS_SECONDS = 3;
/** Gives up a lease. Part of the update that ends the work, so that the next operation may begin at once. */
export const UNCLAIMED = { runToken: null, leaseUntil: null } as const;
/** Gives up a lease with work that is only half done: another run ends it, as that of a killed process. */
export const newBreakOff = () => ({ runToken: newRunToken(), leaseUntil: new Date(0) });
/** A lease of this run that a new row has from its first moment. */
export const newClaim = () => ({
  runToken: newRunToken(),
  leaseUntil: new Date(Date.now() + LEASE_SECONDS * 1000),
  attempts: 1,
});

const until = (seconds: number) => `UTC_TIMESTAMP(3) + INTERVAL ${seconds} SECOND`;

/** Another run has taken the row over; this one must not change anything any more. */
export class LeaseLostError extends Error {
  constructor(id: string) {
    super(`${id} was taken over by another run`);
    this.name = LeaseLostError.name;
  }
}

/** The process is shutting down; another run takes the work up where this one stopped. */
export class ShuttingDownError extends Error {
  constructor() {
    super('shutting down');
    this.name = ShuttingDownError.name;
  }
}

/** The run ends here and its work does not: another run goes on with it. */
export function isHandOver(error: unknown): boolean {
  return error instanceof LeaseLostError || error instanceof ShuttingDownError;
}

/** What every table has whose rows are worked on under a lease. */
interface LeasedRow {
  id: string;
  appName: string;
  state: string;
  runToken: string | null;
  leaseUntil: Date | null;
  attempts: number;
  updatedAt: Date;
}

/** One row with work, as a sweep finds it. */
export interface DueRow<State extends string> {
  readonly id: string;
  readonly appName: string;
  readonly state: State;
}

/**
 * Leases of the rows of one table: at most one run works on a row at any time, over all processes. That of a
 * process of this machine which is gone ends early.
 */
export class LeasedRows<State extends string> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly entity: EntityTarget<object>,
    /** Work on a row of another home is left to the processes there. */
    private readonly home: Home,
    /** Called after each change that others are to see. */
    private readonly changed: () => void = () => undefined,
  ) {}

  /** Rows in these states that no run has a lease on and that are not postponed, in the order of `first`. */
  async findDue(
    states: readonly State[],
    limit: number,
    ...first: readonly (readonly [column: string, direction: 'ASC' | 'DESC'])[]
  ): Promise<DueRow<State>[]> {
    const query = this.dueFirst().andWhere('r.state IN (:...states)', { states });
    for (const [column, direction] of first) query.addOrderBy(`r.${column}`, direction);
    return this.dueOf(query.limit(limit));
  }

  /** Rows in this state whose last run has not given its lease up and holds it no longer: its process was killed. */
  findBrokenOff(state: State, condition: string): Promise<DueRow<State>[]> {
    const query = this.dueFirst().andWhere('r.state = :state AND r.runToken IS NOT NULL', {
      state,
    });
    return this.dueOf(query.andWhere(condition));
  }

  /**
   * Claims the row in one of the given states, runs `work`, renewing the lease, and gives the lease up
   * afterwards. Null: another run holds the row, it is in another state or of another home.
   */
  async hold<T>(
    id: string,
    states: readonly State[],
    patch: object,
    work: (token: string) => Promise<T>,
    controller: AbortController,
  ): Promise<{ readonly result: T } | null> {
    const token = newRunToken();
    if (!(await retryDatabase(() => this.claim(id, token, states, patch)))) {
      await this.endIfGone(id, await this.holderOf(id));
      return null;
    }
    const stopKeeping = this.keep(id, token, controller);
    try {
      return { result: await work(token) };
    } finally {
      stopKeeping();
      await this.updateOwned(id, token, UNCLAIMED).catch(() => false);
    }
  }

  /** Renews a lease until the returned function is called; aborts the work where another run has taken the row over. */
  keep(id: string, token: string, controller: AbortController): () => void {
    const renewal = setInterval(() => void this.renew(id, token, controller), RENEW_EVERY_MS);
    return () => clearInterval(renewal);
  }

  /** Renews a lease. False: the row belongs to another run now. */
  async extend(id: string, runToken: string): Promise<boolean> {
    const result = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ leaseUntil: () => until(LEASE_SECONDS) })
      .where({ id, runToken })
      .execute();
    return result.affected === 1;
  }

  /** Changes a row that the run holds; false when it holds it no longer. */
  updateOwned(id: string, runToken: string, patch: object): Promise<boolean> {
    return this.update({ id, runToken }, patch);
  }

  async update(where: object, patch: object): Promise<boolean> {
    const { affected } = await this.rows()
      .createQueryBuilder()
      .update()
      .set({ ...patch, updatedAt: () => 'UTC_TIMESTAMP(3)' })
      .where(where)
      .execute();
    if (affected === 1) this.changed();
    return affected === 1;
  }

  private async claim(
    id: string,
    runToken: string,
    states: readonly State[],
    patch: object,
  ): Promise<boolean> {
    const { sql, parameters } = this.home.conditionOn('home');
    const { affected } = await this.rows()
      .createQueryBuilder()
      .update()
      .set({
        ...patch,
        runToken,
        leaseUntil: () => until(LEASE_SECONDS),
        attempts: () => 'attempts + 1',
        updatedAt: () => 'UTC_TIMESTAMP(3)',
      })
      .where('id = :id AND state IN (:...states)', { id, states })
      .andWhere('(runToken IS NULL OR leaseUntil < UTC_TIMESTAMP(3))')
      .andWhere(sql, parameters)
      .execute();
    if (affected === 1) this.changed();
    return affected === 1;
  }

  /** Those of this home. */
  private dueFirst(): SelectQueryBuilder<LeasedRow> {
    const { sql, parameters } = this.home.conditionOn('r.home');
    return this.rows()
      .createQueryBuilder('r')
      .select(['r.id AS id', 'r.appName AS appName', 'r.state AS state', 'r.runToken AS runToken'])
      .addSelect('r.leaseUntil IS NULL OR r.leaseUntil < UTC_TIMESTAMP(3)', 'due')
      .where(sql, parameters)
      .orderBy('due', 'DESC');
  }

  /** Those that no run holds; leases of processes that are gone end soon. */
  private async dueOf(query: SelectQueryBuilder<LeasedRow>): Promise<DueRow<State>[]> {
    const found = await query.getRawMany<
      DueRow<State> & { runToken: string | null; due: number | string }
    >();
    const due = found.filter((row) => Number(row.due) === 1);
    const held = found.filter((row) => Number(row.due) !== 1);
    await Promise.all(held.map(({ id, runToken }) => this.endIfGone(id, runToken)));
    return due.map(({ id, appName, state }) => ({ id, appName, state }));
  }

  /** Lets the lease of a process that is gone run out as soon as what it began has ended. */
  private async endIfGone(id: string, runToken: string | null): Promise<void> {
    if (runToken === null || !isHolderGone(runToken)) return;
    const leaseUntil = () => `LEAST(leaseUntil, ${until(LAST_WORDS_SECONDS)})`;
    await this.rows()
      .createQueryBuilder()
      .update()
      .set({ leaseUntil })
      .where({ id, runToken })
      .execute();
  }

  /** A database that is away is no reason to stop: without it no other run can take the row over either. */
  private async renew(id: string, token: string, controller: AbortController): Promise<void> {
    if (await this.extend(id, token).catch(() => true)) return;
    // The last update of a run clears the token; a renewal just after it is no lost lease.
    const holder = await this.holderOf(id).catch(() => null);
    if (holder !== null && holder !== token) controller.abort(new LeaseLostError(id));
  }

  private async holderOf(id: string): Promise<string | null> {
    return (
      (await this.rows().findOne({ select: { runToken: true }, where: { id } }))?.runToken ?? null
    );
  }

  private rows() {
    return this.dataSource.getRepository(this.entity as EntityTarget<LeasedRow>);
  }
}

/** The sole right of one run to change a row and what belongs to it. */
export class Lease<Patch extends object> {
  constructor(
    readonly id: string,
    readonly token: string,
    /** Aborted with the reason when the lease is lost, and by the caller that holds the controller. */
    readonly signal: AbortSignal,
    private readonly rows: {
      updateOwned(id: string, token: string, patch: Patch): Promise<boolean>;
    },
  ) {}

  /** @throws LeaseLostError */
  async update(patch: Patch): Promise<void> {
    const { id, token } = this;
    if (!(await retryDatabase(() => this.rows.updateOwned(id, token, patch))))
      throw new LeaseLostError(id);
  }
}
