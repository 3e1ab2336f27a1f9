import { Injectable, Logger } from '@nestjs/common';
import { DataSource, MoreThan } from 'typeorm';
import { AppEvent, type AppEventType } from './app-event.entity';

/** Events of an app older than this many are dropped, oldest first. */
const KEPT_PER_APP = 2_000;
const BATCH = 100;

/** Writes and reads what happens to apps; the rows are the log of installs and the source of event streams. */
@Injectable()
export class AppEventsService {
  private readonly logger = new Logger(AppEventsService.name);
  private readonly waiting: (string | Date | null)[][] = [];
  private writing: Promise<void> | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /** Never throws: an event that cannot be written must not stop an install. */
  record(
    installationId: string | null,
    appName: string,
    type: AppEventType,
    data: object,
  ): Promise<void> {
    this.waiting.push([installationId, appName, type, JSON.stringify(data), new Date()]);
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  /** One statement at a time, with everything that arrived in between: the order of events is that of their ids. */
  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      try {
        await this.dataSource.query(
          `INSERT INTO app_events (installationId, appName, type, data, createdAt)
           VALUES ${batch.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
          batch.flat(),
        );
      } catch (error) {
        this.logger.warn(`${batch.length} events not written: ${String(error)}`);
      }
    }
  }

  /** Events after an id, oldest first. */
  async listAfter(afterId: string, appName: string | null, limit = 500): Promise<AppEvent[]> {
    return this.dataSource.getRepository(AppEvent).find({
      where: { id: MoreThan(afterId), ...(appName === null ? {} : { appName }) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  async latestId(): Promise<string> {
    const [row] = await this.dataSource.query<{ id: string | null }[]>(
      'SELECT MAX(id) AS id FROM app_events',
    );
    return row?.id ?? '0';
  }

  /** The id just before the first event of an installation: a stream from there has all of its events. */
  async idBefore(installationId: string): Promise<string> {
    const [row] = await this.dataSource.query<{ id: string | null }[]>(
      'SELECT MIN(id) - 1 AS id FROM app_events WHERE installationId = ?',
      [installationId],
    );
    return row?.id ?? (await this.latestId());
  }

  /** Log lines of an installation, oldest first. */
  async installLog(installationId: string): Promise<AppEvent[]> {
    return this.dataSource
      .getRepository(AppEvent)
      .find({ where: { installationId }, order: { id: 'ASC' }, take: KEPT_PER_APP });
  }

  /** Drops the oldest events of an app beyond what is kept. */
  async trim(appName: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM app_events WHERE appName = ? AND id < (
         SELECT id FROM (
           SELECT id FROM app_events WHERE appName = ? ORDER BY id DESC LIMIT 1 OFFSET ${KEPT_PER_APP}
         ) AS oldest)`,
      [appName, appName],
    );
  }
}
