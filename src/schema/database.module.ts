import {
  Global,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '../platform/config/settings';
import { beginWithReadyHost, watchHosts } from '../platform/database/database-address';
import { StatementBatches } from '../platform/database/statement-batches';
import { dataSourceOptions } from './data-source-options';

/** Leaves a host of the database that no longer takes statements. */
@Injectable()
class DatabaseWatch implements OnModuleInit, OnApplicationShutdown {
  private stop: () => void = () => undefined;

  constructor(private readonly settings: Settings) {}

  onModuleInit(): void {
    this.stop = watchHosts(requireUrl(this.settings));
  }

  onApplicationShutdown(): void {
    this.stop();
  }
}

/** The connections of the whole process. Migrations run before the server starts, not here. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings],
      useFactory: async (settings: Settings) => {
        const url = requireUrl(settings);
        await beginWithReadyHost(url);
        return { ...dataSourceOptions(url), retryAttempts: 0 };
      },
    }),
  ],
  providers: [StatementBatches, DatabaseWatch],
  exports: [StatementBatches],
})
export class DatabaseModule {}

function requireUrl(settings: Settings): string {
  if (!settings.databaseUrl) {
    throw new Error(
      'DATABASE_URL is not set; `npm start` brings up a private database when it is absent.',
    );
  }
  return settings.databaseUrl;
}
