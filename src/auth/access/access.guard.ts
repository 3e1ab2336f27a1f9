import {
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UserRole, UserStatus } from '../../accounts/user.entity';
import { ACCESS_RULE, STREAM_ROUTE, type AccessRule } from '../../http/access/access-rule';
import type { RequestWithUser } from '../../http/access/current-user';
import { AddressBanService } from '../addresses/address-ban.service';
import { ClientAddresses } from '../addresses/client-addresses';
import { AddressBannedError, ComputeBannedError, PermissionDeniedError } from '../auth.errors';
import { RequestThrottle } from '../throttle/request-throttle';
import { AccessDenialLog } from './access-denial-log';
import { StreamTickets } from '../tokens/stream-tickets';
import { accessTokenOf, createTokenGuard } from './access-token.strategy';
import { Authenticator } from './authenticator';

type Request = FastifyRequest & RequestWithUser;

/** The one guard of all routes. Denies by default: a route without a rule is refused for everyone. */
@Injectable()
export class AccessGuard implements CanActivate, OnApplicationShutdown {
  private readonly token: ReturnType<typeof createTokenGuard>;
  private readonly rules = new WeakMap<object, AccessRule | undefined>();

  constructor(
    private readonly reflector: Reflector,
    private readonly addresses: ClientAddresses,
    private readonly addressBans: AddressBanService,
    private readonly throttle: RequestThrottle,
    private readonly denials: AccessDenialLog,
    private readonly tickets: StreamTickets,
    private readonly authenticator: Authenticator,
  ) {
    this.token = createTokenGuard((token) => authenticator.authenticate(token));
  }

  /** Only now: requests that were accepted are answered while the modules are being destroyed. */
  onApplicationShutdown(): void {
    this.token.dispose();
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const rule = this.ruleOf(context);
    return this.admitsNow(rule, context.getArgByIndex(0)) || this.check(rule, context);
  }

  /**
   * The same for what is not a Nest route, such as the queue board.
   * @throws TooManyAttemptsError, the errors of `Authenticator`, PermissionDeniedError,
   * AddressBannedError, ComputeBannedError
   */
  async admit(rule: AccessRule, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.check(rule, new ExecutionContextHost([request, reply]));
  }

  private ruleOf(context: ExecutionContext): AccessRule | undefined {
    const handler = context.getHandler();
    if (!this.rules.has(handler)) {
      const places = [handler, context.getClass()];
      this.rules.set(handler, this.reflector.getAllAndOverride(ACCESS_RULE, places));
    }
    return this.rules.get(handler);
  }

  /** Whether everything that `check` asks is known already and allows the request; nothing is awaited. */
  private admitsNow(rule: AccessRule | undefined, request: Request): boolean {
    const address = this.addresses.of(request);
    if (this.throttle.limitsAll) return false;
    if (rule === 'public') return true;
    const token = accessTokenOf(request.headers);
    const user = token === null ? null : this.authenticator.authenticateNow(token);
    if (!user) return false;
    const allowed =
      rule === 'authenticated' ||
      (rule === 'admin' && user.role === UserRole.Admin) ||
      (rule === 'compute' &&
        user.status !== UserStatus.ComputeBanned &&
        this.addressBans.admitsNow(address));
    if (allowed) request.user = user;
    return allowed;
  }

  /** On a stream a ticket of the query stands in for the token, where no header carries one. */
  private async acceptTicket({ headers, query, url }: FastifyRequest): Promise<void> {
    const { ticket } = query as { ticket?: unknown };
    if (ticket === undefined || accessTokenOf(headers) !== null) return;
    const [path = ''] = url.split('?', 1);
    headers['token'] = await this.tickets.redeem(ticket, path);
  }

  private async check(rule: AccessRule | undefined, context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<Required<Request>>();
    const address = this.addresses.of(request);
    await this.throttle.check(address);
    if (rule === 'public') return true;
    if (isStream(context, this.reflector)) await this.acceptTicket(request);
    await this.token.guard.canActivate(context);
    const { user } = request;
    switch (rule) {
      case 'authenticated':
        return true;
      case 'admin':
        if (user.role === UserRole.Admin) return true;
        this.denials.record(user, `${request.method} ${pathOf(request)}`, address);
        throw new PermissionDeniedError();
      case 'compute':
        if (await this.addressBans.isBanned(address)) throw new AddressBannedError();
        if (user.status === UserStatus.ComputeBanned) throw new ComputeBannedError();
        return true;
      case undefined:
        throw new PermissionDeniedError();
    }
  }
}

/** What is admitted without being a Nest route has no handler. */
function isStream(context: ExecutionContext, reflector: Reflector): boolean {
  const handler = context.getHandler() as ReturnType<typeof context.getHandler> | null;
  return handler !== null && Boolean(reflector.get<true | undefined>(STREAM_ROUTE, handler));
}

/** The declared path, so that ids in paths do not make denials look different. */
function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '';
}
