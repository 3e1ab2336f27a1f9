import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientAddresses } from '../../auth/addresses/client-addresses';
import { domainError } from '../../platform/errors/domain-error';
import { Home } from './home';
import { HomeRequestProcessor } from './home-request.processor';
import { HomeRequests, type HomeName } from './home-requests';
import { onBehalf } from './passed-request';

/** What the server of another node said instead of doing it, in the language of whoever asked. */
class RefusedThereError extends domainError(
  'conflict',
  (said: string) => said,
  (said) => said,
) {}

interface Envelope {
  readonly code: string | number;
  readonly message?: string;
  readonly msg?: string;
  readonly data: unknown;
}

/** Calls of one client that concern all apps, made at the servers of other nodes too. */
@Injectable()
export class HomeCalls {
  constructor(
    private readonly home: Home,
    private readonly requests: HomeRequests,
    private readonly processor: HomeRequestProcessor,
    private readonly addresses: ClientAddresses,
  ) {}

  /** The other nodes with a server; none for a request that came from one of them. */
  async others(request: FastifyRequest): Promise<HomeName[]> {
    if (this.home.nodeId === null || this.processor.isPassed(request)) return [];
    return (await this.home.list()).filter(({ nodeId }) => !this.home.isHere(nodeId));
  }

  /**
   * The data of the answer.
   * @param nodeId of the home
   * @throws RefusedThereError; what `HomeRequests.pass` throws
   */
  async call(
    request: FastifyRequest,
    nodeId: string,
    about: string,
    what: { method: 'GET' | 'POST'; url: string; body?: object },
  ): Promise<unknown> {
    const home = await this.home.named(nodeId);
    const passed = { ...onBehalf(request, this.addresses.of(request), what), isFree: false };
    const { status, body } = await this.requests.pass(home, about, passed);
    const { message, msg, data } = JSON.parse(body) as Envelope;
    if (status >= 400) throw new RefusedThereError(message ?? msg ?? String(status));
    return data;
  }
}
