import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** A client that pauses longer than this between two requests has received `Connection: close` by then. */
const QUIET_MS = 150;
/** Clients that never pause do not hold up the shutdown for longer. */
const CLOSE_ANNOUNCED_MS = 1_500;
const IN_FLIGHT_MS = 20_000;

/**
 * Ends the HTTP side before anything that requests need is taken away, so that a shutdown under
 * load loses none: no new connection is accepted, each answer asks its client to close the connection,
 * then what is under way is waited for. Must be a provider of the root module, whose hooks run
 * first on shutdown.
 */
@Injectable()
export class HttpDrain implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly inFlight = new Set<ServerResponse>();
  private lastRequestAt = -Infinity;
  private begun = false;

  constructor(private readonly adapterHost: HttpAdapterHost) {
    const server = adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onRequest', (_request, reply, done) => {
      this.lastRequestAt = performance.now();
      this.inFlight.add(reply.raw);
      // Not `onResponse`, which does not come for a client that went away.
      reply.raw.once('close', () => this.inFlight.delete(reply.raw));
      if (this.begun) void reply.header('connection', 'close');
      done();
    });
  }

  /** Whether a shutdown has begun; readiness then says no. */
  get draining(): boolean {
    return this.begun;
  }

  async onModuleDestroy(): Promise<void> {
    const server = this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
    this.begun = true;
    if (!server?.listening) return;
    // Yield once so that accepted sockets register. `close` of the HTTP server would also cut idle
    // connections whose next request has already been sent.
    await turn();
    NetServer.prototype.close.call(server);
    await this.untilQuiet(CLOSE_ANNOUNCED_MS);
    const deadline = performance.now() + IN_FLIGHT_MS;
    while (this.pending().length > 0 && performance.now() < deadline) await delay(10);
  }

  /** What is left are streams and clients that went silent in the middle of a request. */
  beforeApplicationShutdown(): void {
    const server = this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
    server?.closeAllConnections();
  }

  private async untilQuiet(atMostMs: number): Promise<void> {
    const begunAt = performance.now();
    const quiet = (): boolean => performance.now() - this.lastRequestAt > QUIET_MS;
    while (!quiet() && performance.now() - begunAt < atMostMs) await delay(10);
  }

  private pending(): ServerResponse[] {
    return [...this.inFlight].filter((response) => {
      const type = response.getHeader('content-type');
      return !(typeof type === 'string' && type.startsWith('text/event-stream'));
    });
  }
}
