import cluster from 'node:cluster';
import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Settings } from '../../platform/config/settings';

/** A client that pauses longer than this between two requests has received `Connection: close` by then. */
const QUIET_MS = 150;
/** Clients that never pause delay the shutdown by no more than this. */
const MAX_CLOSING_MS = 1_500;
const MAX_IN_FLIGHT_MS = 20_000;
/** Of several processes behind one port the first one listens: until it has heard that this one takes no more. */
const SHARED_PORT_MS = 250;

/**
 * Drains HTTP before anything that requests need is closed, so that a shutdown under load loses no
 * request: accepts no new connection, sends `Connection: close` with each answer, then waits for
 * requests in flight. Must be a provider of the root module, whose hooks run first on shutdown.
 */
@Injectable()
export class HttpDrain implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly inFlight = new Set<ServerResponse>();
  private lastRequestAt = -Infinity;
  private begun = false;
  private accepting = true;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly settings: Settings,
  ) {
    const server = adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onRequest', (_request, reply, done) => {
      this.lastRequestAt = performance.now();
      this.inFlight.add(reply.raw);
      // Not `onResponse`, which does not come for a client that went away.
      reply.raw.once('close', () => this.inFlight.delete(reply.raw));
      if (!this.accepting) void reply.header('connection', 'close');
      done();
    });
  }

  /** Whether a shutdown has begun; the readiness check then fails. */
  get draining(): boolean {
    return this.begun;
  }

  async onModuleDestroy(): Promise<void> {
    const server = this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
    this.begun = true;
    if (!server?.listening) return;
    // A load balancer reads of it in the readiness check, and sends what comes then elsewhere.
    await delay(this.settings.drainSeconds * 1000);
    // Yield once so that accepted sockets register. The close of the HTTP server itself would also
    // cut connections whose next request is on its way.
    await nextTurn();
    NetServer.prototype.close.call(server);
    if (cluster.isWorker) await delay(SHARED_PORT_MS);
    // Not before: a client told to close connects anew, and closing resets what waits to be accepted.
    this.accepting = false;
    await this.untilQuiet(MAX_CLOSING_MS);
    const deadline = performance.now() + MAX_IN_FLIGHT_MS;
    while (this.pending().length > 0 && performance.now() < deadline) await delay(10);
  }

  /** Only streams and clients that stopped in the middle of a request are left. */
  beforeApplicationShutdown(): void {
    const server = this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
    server?.closeAllConnections();
  }

  private async untilQuiet(maxMs: number): Promise<void> {
    const startedAt = performance.now();
    const quiet = (): boolean => performance.now() - this.lastRequestAt > QUIET_MS;
    while (!quiet() && performance.now() - startedAt < maxMs) await delay(10);
  }

  private pending(): ServerResponse[] {
    return [...this.inFlight].filter((response) => {
      const type = response.getHeader('content-type');
      return !(typeof type === 'string' && type.startsWith('text/event-stream'));
    });
  }
}
