import { Controller, Get, ServiceUnavailableException, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { Public } from '../../http/access/access-rule';
import { RawAnswer } from '../../http/envelope/envelope.adapter';
import type { ApiTag } from '../../http/openapi/tags';
import { PRODUCT_VERSION } from '../../platform/config/product-version';
import { EngineHealthIndicator } from './engine.health';
import { LivenessDto } from './health.dto';
import { HealthFilter } from './health.filter';
import { QueueHealthIndicator } from './queue.health';
import { RedisHealthIndicator } from './redis.health';
import { ShutdownHealthIndicator } from './shutdown.health';

/** For load balancers and supervisors. */
@ApiTags('Health' satisfies ApiTag)
@UseFilters(HealthFilter)
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly redis: RedisHealthIndicator,
    private readonly queues: QueueHealthIndicator,
    private readonly engine: EngineHealthIndicator,
    private readonly shutdown: ShutdownHealthIndicator,
  ) {}

  /** The process runs and its event loop turns; independent of database, Redis and Docker. */
  @Get('live')
  @RawAnswer()
  @Public()
  @ApiOperation({ operationId: 'live', summary: 'Liveness / 存活检查' })
  @ApiOkResponse({ type: LivenessDto })
  live(): LivenessDto {
    return { status: 'ok', version: PRODUCT_VERSION };
  }

  /** 200 when requests can be served, 503 with the part that is down otherwise. Docker is reported and never affects readiness. */
  @Get('ready')
  @RawAnswer()
  @Public()
  @HealthCheck()
  @ApiOperation({ operationId: 'ready', summary: 'Readiness / 就绪检查' })
  async ready(): Promise<HealthCheckResult> {
    const docker = this.engine.check();
    try {
      const result = await this.health.check([
        () => this.database.pingCheck('database', { timeout: 800 }),
        () => this.redis.check('redis'),
        () => this.queues.check('queues'),
        () => this.shutdown.check('shutdown'),
      ]);
      return reporting(await docker, result);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const result = error.getResponse() as HealthCheckResult;
      throw new ServiceUnavailableException(reporting(await docker, result));
    }
  }
}

/** The result with what is only reported beside it. */
function reporting(reported: HealthIndicatorResult, result: HealthCheckResult): HealthCheckResult {
  const { info, details } = result;
  return { ...result, info: { ...info, ...reported }, details: { ...details, ...reported } };
}
