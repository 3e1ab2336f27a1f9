import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../http/access/access-rule';
import { PermissionDeniedError } from '../../auth/auth.errors';
import { RawAnswer } from '../../http/envelope/envelope.adapter';
import { Fails } from '../../http/openapi/envelopes';
import { Settings } from '../../platform/config/settings';
import { MetricsRegistry } from './metrics-registry';

/** For Prometheus: with the token of METRICS_TOKEN, or from this machine when there is none. */
@ApiTags('Health')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: MetricsRegistry,
    private readonly settings: Settings,
  ) {}

  @Get()
  @Public()
  @RawAnswer()
  @ApiOperation({ operationId: 'metrics', summary: 'Metrics for Prometheus / 监控指标' })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'Text format of Prometheus',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @Fails(new PermissionDeniedError())
  async read(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!this.mayRead(request)) throw new PermissionDeniedError();
    void reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.scrape();
  }

  private mayRead(request: FastifyRequest): boolean {
    const { metricsToken } = this.settings;
    if (metricsToken !== null) {
      return sameText(request.headers.authorization ?? '', `Bearer ${metricsToken}`);
    }
    // What a proxy on this machine passes on comes from loopback too, but is from elsewhere.
    const forwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];
    return (
      isLoopback(request.raw.socket.remoteAddress) &&
      forwarded.every((name) => request.headers[name] === undefined)
    );
  }
}

function isLoopback(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:/, '') ?? '';
  return plain === '::1' || plain.startsWith('127.');
}

/** Takes as long for a near miss as for a far one. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
