import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mariadbAnswers, startMariadb } from '../../../src/local-services/mariadb';
import type { RunningService } from '../../../src/local-services/port-service';
import { migrate } from '../../../src/schema/migrate';
import { SmallDisk } from '../../support/small-disk';

const MEBIBYTES = 800;
/** Room that a full disk has left: less than a table grows by at a time. */
const SPARE_BYTES = 2 * 1024 * 1024;

/** A MariaDB on a disk of its own that can be full. */
export class SmallDatabase {
  private constructor(
    private readonly disk: SmallDisk,
    private server: RunningService,
  ) {}

  static async start(): Promise<SmallDatabase> {
    const disk = await SmallDisk.mount(MEBIBYTES);
    const server = await startMariadb({ dataDir: disk.folder });
    await migrate(server.url);
    return new SmallDatabase(disk, server);
  }

  get url(): string {
    return this.server.url;
  }

  fill(): Promise<void> {
    return this.disk.fill(SPARE_BYTES);
  }

  /**
   * Makes room again, and starts the server again where it has died of the full disk (MariaDB may
   * crash on taking a statement back). True: it had.
   */
  async empty(): Promise<boolean> {
    await this.disk.empty();
    if (await mariadbAnswers(this.url)) return false;
    await this.server.stop();
    this.server = await startMariadb({ dataDir: this.disk.folder });
    return true;
  }

  async close(): Promise<void> {
    await this.server.stop();
    const logs = process.env['CHAOS_LOGS'];
    const log = join(this.disk.folder, 'logs', 'mariadb.log');
    if (logs) await copyFile(log, join(logs, 'mariadb.log'));
    await this.disk.unmount();
  }
}
