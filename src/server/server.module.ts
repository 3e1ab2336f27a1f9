import { Module } from '@nestjs/common';
import { EngineSampler } from './engine-sampler';
import { HostSampler } from './host-sampler';
import { ServerController } from './server.controller';
import { ServerService } from './server.service';

/** The state of the machine and of its engine. */
@Module({
  controllers: [ServerController],
  providers: [HostSampler, EngineSampler, ServerService],
  exports: [HostSampler, EngineSampler],
})
export class ServerModule {}
