import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../platform/config/settings';
import { resolveClientAddress } from './client-address';
import { IpNetwork } from '../../platform/addresses/ip-network';

/** What the guard adds to every request. */
export interface RequestWithClientAddress {
  clientAddress?: string;
}

/** Finds the address of a client; only configured proxies are trusted to forward one. */
@Injectable()
export class ClientAddresses {
  readonly trustedProxies: readonly IpNetwork[];
  /** Canonical form of peers that sent a request of their own. */
  private readonly peers = new LRUCache<string, string>({ max: 1_000 });

  constructor(settings: Settings) {
    this.trustedProxies = settings.trustedProxies.flatMap((text) => IpNetwork.parse(text) ?? []);
  }

  /** Canonical address of the client, or `unknown`; cached on the request. */
  of(request: FastifyRequest & RequestWithClientAddress): string {
    request.clientAddress ??= this.resolve(
      request.raw.socket.remoteAddress,
      request.headers['x-forwarded-for'],
    );
    return request.clientAddress;
  }

  private resolve(peer: string | undefined, forwardedFor: string | string[] | undefined): string {
    const known = forwardedFor === undefined ? this.peers.get(peer ?? '') : undefined;
    if (known !== undefined) return known;
    const address = resolveClientAddress(peer, forwardedFor, this.trustedProxies);
    if (forwardedFor === undefined) this.peers.set(peer ?? '', address);
    return address;
  }
}

/** The client's address, resolved behind trusted proxies, as a parameter of a handler. */
export const ClientAddress = createParamDecorator(
  (_data: undefined, context: ExecutionContext): string =>
    context.switchToHttp().getRequest<RequestWithClientAddress>().clientAddress ?? 'unknown',
);
