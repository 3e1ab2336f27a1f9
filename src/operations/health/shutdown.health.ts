import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { HttpDrain } from '../../http/connections/http-drain';

/** Down from the moment a shutdown begins, so that a load balancer sends no more requests. */
@Injectable()
export class ShutdownHealthIndicator {
  constructor(
    private readonly modules: ModuleRef,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(key: string): HealthIndicatorResult {
    const indicator = this.indicators.check(key);
    const { draining } = this.modules.get(HttpDrain, { strict: false });
    return draining ? indicator.down({ message: 'shutting down' }) : indicator.up();
  }
}
