import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings';
import { DockerEngine } from './docker-engine';

/** The one client of the engine, for everybody. Making it opens no connection. */
@Global()
@Module({
  providers: [
    {
      provide: DockerEngine,
      inject: [Settings],
      useFactory: (settings: Settings) => new DockerEngine(settings.dockerHost),
    },
  ],
  exports: [DockerEngine],
})
export class DockerModule {}
