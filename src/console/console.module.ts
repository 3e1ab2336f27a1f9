import { join } from 'node:path';
import { Logger, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { PROJECT_ROOT } from '../platform/config/project-root';
import { serveConsole } from './serve-console';

/**
 * Serves the console, the web page that `npm run setup` builds from `console/`. Its addresses are
 * relative and its pages stand behind the `#`, so it works behind any path prefix. Only files of the
 * build have a route: every other path answers as before.
 */
@Module({})
export class ConsoleModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    if (!serveConsole(server, join(PROJECT_ROOT, 'console', 'dist')))
      new Logger(ConsoleModule.name).warn('The console is not built: run npm run setup');
  }
}
