import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Queue } from 'bull';

export interface QueueFigures {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** Age of the job that has waited longest, seconds; 0 when none waits. */
  readonly oldestSeconds: number;
}

/** Bull queues commands while Redis is away; nobody should wait for that. */
const PATIENCE_MS = 800;

/** Looks at every queue that any module registered. */
@Injectable()
export class QueueMonitor {
  private queues: Queue[] | null = null;

  constructor(private readonly discovery: DiscoveryService) {}

  /** Rejects when Redis does not answer within 0.8 s. */
  async figures(): Promise<QueueFigures[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('Redis does not answer')), PATIENCE_MS);
    });
    const work = Promise.all(this.all().map(figuresOf));
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private all(): Queue[] {
    this.queues ??= this.discovery
      .getProviders()
      .filter(({ token }) => typeof token === 'string' && token.startsWith('BullQueue_'))
      .map(({ instance }) => instance as Queue);
    return this.queues;
  }
}

async function figuresOf(queue: Queue): Promise<QueueFigures> {
  const [counts, [oldest]] = await Promise.all([
    queue.getJobCounts(),
    queue.getJobs(['waiting'], 0, 0, true),
  ]);
  // A job whose hash was flushed away meanwhile comes as null.
  const since = (oldest as { timestamp: number } | null | undefined)?.timestamp;
  return {
    name: queue.name,
    waiting: counts.waiting,
    active: counts.active,
    delayed: counts.delayed,
    failed: counts.failed,
    oldestSeconds: since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1000),
  };
}
