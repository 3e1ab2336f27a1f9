import { Controller, Get, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { Public } from '../../auth/access';
import { RawAnswer } from '../../http/envelope/envelope.interceptor';
import { HealthFilter } from './health.filter';
import { RedisHealthIndicator } from './redis.health';

/** For load balancers and supervisors. */
@ApiTags('Health')
@RawAnswer(true)
@UseFilters(HealthFilter)
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly redis: RedisHealthIndicator,
  ) {}

  /** The process runs and its event loop turns; says nothing of its surroundings. */
  @Get('live')
  @Public()
  @ApiOperation({ operationId: 'live', summary: 'Liveness / 存活检查' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when requests can be served, 503 with the part that is down otherwise. */
  @Get('ready')
  @Public()
  @HealthCheck()
  @ApiOperation({ operationId: 'ready', summary: 'Readiness / 就绪检查' })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.database.pingCheck('database', { timeout: 800 }),
      () => this.redis.check('redis'),
    ]);
  }
}
