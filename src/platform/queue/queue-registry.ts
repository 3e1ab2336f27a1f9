import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Queue } from 'bull';

/** Every queue that a module registered, known once all modules are loaded. */
@Injectable()
export class QueueRegistry {
  private queues: Queue[] | null = null;

  constructor(private readonly discovery: DiscoveryService) {}

  all(): readonly Queue[] {
    this.queues ??= this.discovery
      .getProviders()
      .filter(({ token }) => typeof token === 'string' && token.startsWith('BullQueue_'))
      .map(({ instance }) => instance as Queue);
    return this.queues;
  }
}
