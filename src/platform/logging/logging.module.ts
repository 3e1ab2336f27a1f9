import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { Settings } from '../config/settings';
import { loggerOptions } from './logger-options';

/** Structured logs: one line of JSON a request, readable text on a terminal. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        pinoHttp: loggerOptions(settings),
        assignResponse: false,
      }),
    }),
  ],
})
export class LoggingModule {}
