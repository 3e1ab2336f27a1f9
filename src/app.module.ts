import { Module, type DynamicModule } from '@nestjs/common';
import { AppsModule } from './apps/apps.module';
import { LeftContainersModule } from './apps/nodes/left-containers';
import { HomeWatchModule } from './apps/engine-owner/home-watch';
import { AuditModule } from './audit/audit.module';
import { AuthModule } from './auth/auth.module';
import { InviteCodeModule } from './invite-codes/invite-code.module';
import { ComputeModule } from './compute/compute.module';
import { HttpDrain } from './http/connections/http-drain';
import { ConsoleModule } from './console/console.module';
import { ConfigModule } from './platform/config/config.module';
import type { Settings } from './platform/config/settings';
import { DatabaseModule } from './schema/database.module';
import { DockerModule } from './platform/docker/docker.module';
import { StreamsModule } from './http/streams/streams.module';
import { HealthModule } from './operations/health/health.module';
import { LoggingModule } from './platform/logging/logging.module';
import { MetricsModule } from './operations/metrics/metrics.module';
import { QueueModule } from './platform/queue/queue.module';
import { QueueBoardModule } from './operations/queue-board/queue-board.module';
import { RedisModule } from './platform/redis/redis.module';
import { UserModule } from './users/user.module';
import { ServerModule } from './server/server.module';

/** The whole product: what it stands on first, then one module per part. */
@Module({})
export class AppModule {
  static for(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.for(settings),
        LoggingModule,
        DatabaseModule,
        RedisModule,
        QueueModule,
        DockerModule,
        StreamsModule,
        HealthModule,
        AuditModule,
        AuthModule,
        InviteCodeModule,
        UserModule,
        ServerModule,
        ComputeModule,
        LeftContainersModule,
        // The node of a Swarm that holds no data of apps has nothing else to do with them.
        ...(settings.role === 'node'
          ? [HomeWatchModule]
          : [AppsModule, MetricsModule, QueueBoardModule, ConsoleModule]),
      ],
      providers: [HttpDrain],
    };
  }
}
