import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Passport } from 'passport';
import { UserRole } from '../../accounts/user-role';
import { UserStatus } from '../../accounts/user-status';
import { AddressBanService } from '../addresses/address-ban.service';
import { ClientAddresses } from '../addresses/client-addresses';
import {
  AddressBannedError,
  ComputeBannedError,
  PermissionDeniedError,
} from '../errors/auth.errors';
import { RequestThrottle } from '../throttle/request-throttle';
import { ACCESS_RULE, type AccessRule } from '../../http/access/access-rule';
import { AccessTokenStrategy } from './access-token.strategy';
import { Authenticator } from './authenticator';
import type { CurrentUser, RequestWithUser } from '../../http/access/current-user';
import { AccessDenialLog } from './access-denial-log';

type PassportCallback = (error: Error | null, user?: CurrentUser | false) => void;
type PassportMiddleware = (request: object, response: object, next: (e?: Error) => void) => void;

/**
 * The one guard of every route. Denies by default: a route without a rule needs a token and is then
 * refused all the same.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  // An instance of its own: the module-wide one would be shared by every application in a process.
  private readonly passport = new Passport();

  constructor(
    private readonly reflector: Reflector,
    private readonly addresses: ClientAddresses,
    private readonly addressBans: AddressBanService,
    private readonly throttle: RequestThrottle,
    private readonly refusals: AccessDenialLog,
    authenticator: Authenticator,
  ) {
    this.passport.use(new AccessTokenStrategy(authenticator));
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    const http = context.switchToHttp();
    await this.admit(
      rule,
      http.getRequest<FastifyRequest & RequestWithUser>(),
      http.getResponse<FastifyReply>(),
    );
    return true;
  }

  /** Lets the request pass or throws; also for what is not a Nest route, such as the queue board. */
  async admit(
    rule: AccessRule | undefined,
    request: FastifyRequest & RequestWithUser,
    reply: FastifyReply,
  ): Promise<void> {
    const address = this.addresses.of(request);
    await this.throttle.check(address);
    if (rule === 'public') return;
    const user = await this.authenticate(request, reply);
    request.user = user;
    switch (rule) {
      case 'authenticated':
        return;
      case 'admin':
        if (user.role === UserRole.Admin) return;
        this.refusals.note(user, `${request.method} ${pathOf(request)}`, address);
        throw new PermissionDeniedError();
      case 'compute':
        if (await this.addressBans.isBanned(address)) throw new AddressBannedError();
        if (user.status === UserStatus.ComputeBanned) throw new ComputeBannedError();
        return;
      case undefined:
        throw new PermissionDeniedError();
    }
  }

  private authenticate(request: FastifyRequest, reply: FastifyReply): Promise<CurrentUser> {
    return new Promise((resolve, reject) => {
      const done: PassportCallback = (error, user) =>
        user ? resolve(user) : reject(error ?? new PermissionDeniedError());
      const middleware = this.passport.authenticate(
        'access-token',
        { session: false },
        done,
      ) as PassportMiddleware;
      // Passport decorates the request it is given; it needs nothing of it but the headers.
      middleware({ headers: request.headers }, reply.raw, (error) =>
        reject(error ?? new PermissionDeniedError()),
      );
    });
  }
}

/** The route as declared where there is one, so that ids in paths do not make refusals look different. */
function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '';
}
