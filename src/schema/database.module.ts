import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '../platform/config/settings';
import { StatementBatches } from '../platform/database/statement-batches';
import { dataSourceOptions } from './data-source-options';

/** The connections of the whole process. Migrations run before the server starts, not here. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        ...dataSourceOptions(requireUrl(settings)),
        retryAttempts: 0,
      }),
    }),
  ],
  providers: [StatementBatches],
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
