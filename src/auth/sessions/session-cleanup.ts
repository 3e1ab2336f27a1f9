import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Rounds } from '../../platform/waiting/rounds';

const EVERY_MS = 3600 * 1000;
const BATCH = 1_000;

// Sessions and their refresh tokens are kept for a week after their end, so that a stolen token is
// still recognised. Changes and nodes matter for seconds only.
const STATEMENTS = [
  `DELETE FROM refresh_tokens WHERE sessionId IN (
     SELECT id FROM (SELECT id FROM auth_sessions
       WHERE expiresAt < UTC_TIMESTAMP(3) - INTERVAL 7 DAY ORDER BY expiresAt LIMIT ${BATCH}) old)`,
  `DELETE FROM auth_sessions WHERE expiresAt < UTC_TIMESTAMP(3) - INTERVAL 7 DAY
     AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.sessionId = auth_sessions.id)
     ORDER BY expiresAt LIMIT ${BATCH}`,
  `DELETE FROM refresh_tokens WHERE spentAt < UTC_TIMESTAMP(3) - INTERVAL 7 DAY
     AND expiresAt < UTC_TIMESTAMP(3) LIMIT ${BATCH}`,
  `DELETE FROM auth_changes WHERE at < UTC_TIMESTAMP(6) - INTERVAL 1 HOUR LIMIT ${BATCH}`,
  `DELETE FROM auth_nodes WHERE leaseUntil < UTC_TIMESTAMP(6) - INTERVAL 1 DAY LIMIT ${BATCH}`,
];

/** Removes old rows in batches: at the start and every hour. */
@Injectable()
export class SessionCleanup implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(SessionCleanup.name);
  private readonly rounds = new Rounds(
    () => this.removeOld(),
    (error) => this.logger.warn({ err: error }, 'old sessions could not be removed'),
  );
  private stopped = false;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    void this.rounds.now();
    this.rounds.every(EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await this.rounds.stop();
  }

  async removeOld(): Promise<void> {
    for (const statement of STATEMENTS) {
      for (let more = true; more && !this.stopped;) {
        const { affectedRows }: { affectedRows: number } = await this.dataSource.query(statement);
        more = affectedRows >= BATCH;
      }
    }
  }
}
