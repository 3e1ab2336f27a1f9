import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
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

  constructor(settings: Settings) {
    this.trustedProxies = settings.trustedProxies.flatMap((text) => IpNetwork.parse(text) ?? []);
  }

  /** Canonical address of the client, or `unknown`; cached on the request. */
  of(request: FastifyRequest & RequestWithClientAddress): string {
    request.clientAddress ??= resolveClientAddress(
      request.raw.socket.remoteAddress,
      request.headers['x-forwarded-for'],
      this.trustedProxies,
    );
    return request.clientAddress;
  }
}

/** The client's address, resolved behind trusted proxies, as a parameter of a handler. */
export const ClientAddress = createParamDecorator(
  (_data: undefined, context: ExecutionContext): string =>
    context.switchToHttp().getRequest<RequestWithClientAddress>().clientAddress ?? 'unknown',
);
