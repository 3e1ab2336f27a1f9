import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { withDeadline } from '../waiting/deadline';
import { QueueRegistry } from './queue-registry';

export interface QueueCounts {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** Age of the job that has waited longest, seconds; 0 when none waits. */
  readonly oldestSeconds: number;
}

/** Bull holds commands back while Redis is away; readiness and metrics must answer sooner. */
const TIMEOUT_MS = 800;

/** Counts the jobs of every queue. */
@Injectable()
export class QueueMonitor {
  constructor(private readonly queues: QueueRegistry) {}

  /** Rejects when Redis does not answer within 0.8 s. */
  counts(): Promise<QueueCounts[]> {
    return withDeadline(Promise.all(this.queues.all().map(countsOf)), TIMEOUT_MS, () => {
      throw new Error('Redis does not answer');
    });
  }
}

async function countsOf(queue: Queue): Promise<QueueCounts> {
  const [{ waiting, active, delayed, failed }, [oldest]] = await Promise.all([
    queue.getJobCounts(),
    queue.getJobs(['waiting'], 0, 0, true),
  ]);
  // A job whose hash was flushed is returned as null.
  const since = (oldest as { timestamp: number } | null | undefined)?.timestamp;
  const oldestSeconds = since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1000);
  return { name: queue.name, waiting, active, delayed, failed, oldestSeconds };
}
