import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { pino } from 'pino';
import { Settings } from '../config/settings';
import { loggerOptions } from './logger-options';
import { RequestLog } from './request-log';

/** Structured logs: lines of JSON, readable text on a terminal. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        pinoHttp: { logger: pino(loggerOptions(settings)) },
        // No middleware: it would make a logger for each request. `RequestLog` writes the lines.
        forRoutes: [],
      }),
    }),
  ],
  providers: [RequestLog],
})
export class LoggingModule {}
