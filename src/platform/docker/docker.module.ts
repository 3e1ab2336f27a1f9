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
      useFactory: (settings: Settings) =>
        // A process that tells of its node knows the containers there, not the Swarm.
        new DockerEngine(
          settings.dockerHost,
          settings.role === 'node' ? 'engine' : settings.orchestrator,
          {
            encryptsNetworks: settings.swarmEncryptNetworks,
            registryAuthFile: settings.registryAuthFile,
          },
        ),
    },
  ],
  exports: [DockerEngine],
})
export class DockerModule {}
