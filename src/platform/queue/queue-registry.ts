import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Queue } from 'bull';

type Listener = (queue: Queue) => void;

/** Every queue that a module registered, known once all modules are loaded, and those that were made later. */
@Injectable()
export class QueueRegistry {
  private registered: Queue[] | null = null;
  private readonly later: Queue[] = [];
  private readonly listeners: Listener[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  all(): readonly Queue[] {
    this.registered ??= this.discovery
      .getProviders()
      .filter(({ token }) => typeof token === 'string' && token.startsWith('BullQueue_'))
      .map(({ instance }) => instance as Queue);
    return [...this.registered, ...this.later];
  }

  /** One that could not be made before; who adds it closes it. */
  add(queue: Queue): void {
    this.later.push(queue);
    for (const listener of this.listeners) listener(queue);
  }

  /** Calls the listener with each queue that is added from now on. */
  onAdded(listener: Listener): void {
    this.listeners.push(listener);
  }
}
