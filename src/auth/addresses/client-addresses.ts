import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../../platform/config/settings';
import { resolveClientAddress } from './client-address';
import { IpNetwork } from '../../platform/addresses/ip-network';

/** What the guard leaves on every request. */
export interface RequestWithClientAddress {
  clientAddress?: string;
}

/** Determines the client address of a request, trusting only the configured proxies. */
@Injectable()
export class ClientAddresses {
  readonly trustedProxies: readonly IpNetwork[];

  constructor(settings: Settings) {
    this.trustedProxies = settings.trustedProxies.flatMap((text) => IpNetwork.parse(text) ?? []);
  }

  /** Canonical address of the client, or `unknown`; remembered on the request. */
  of(request: FastifyRequest & RequestWithClientAddress): string {
    request.clientAddress ??= resolveClientAddress(
      request.raw.socket.remoteAddress,
      request.headers['x-forwarded-for'],
      this.trustedProxies,
    );
    return request.clientAddress;
  }
}

/** Hands the client's address, as resolved behind trusted proxies, to a handler. */
export const ClientAddress = createParamDecorator(
  (_data: undefined, context: ExecutionContext): string =>
    context.switchToHttp().getRequest<RequestWithClientAddress>().clientAddress ?? 'unknown',
);
