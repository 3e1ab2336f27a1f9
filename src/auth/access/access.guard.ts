import {
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UserRole, UserStatus } from '../../accounts/user.entity';
import { ACCESS_RULE, type AccessRule } from '../../http/access/access-rule';
import type { RequestWithUser } from '../../http/access/current-user';
import { AddressBanService } from '../addresses/address-ban.service';
import { ClientAddresses } from '../addresses/client-addresses';
import { AddressBannedError, ComputeBannedError, PermissionDeniedError } from '../auth.errors';
import { RequestThrottle } from '../throttle/request-throttle';
import { AccessDenialLog } from './access-denial-log';
import { createTokenGuard } from './access-token.strategy';
import { Authenticator } from './authenticator';

/** The one guard of all routes. Denies by default: a route without a rule is refused for everyone. */
@Injectable()
export class AccessGuard implements CanActivate, OnModuleDestroy {
  private readonly token: ReturnType<typeof createTokenGuard>;

  constructor(
    private readonly reflector: Reflector,
    private readonly addresses: ClientAddresses,
    private readonly addressBans: AddressBanService,
    private readonly throttle: RequestThrottle,
    private readonly denials: AccessDenialLog,
    authenticator: Authenticator,
  ) {
    this.token = createTokenGuard((token) => authenticator.authenticate(token));
  }

  onModuleDestroy(): void {
    this.token.dispose();
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    await this.check(rule, context);
    return true;
  }

  /**
   * The same for what is not a Nest route, such as the queue board.
   * @throws TooManyAttemptsError, the errors of `Authenticator`, PermissionDeniedError,
   * AddressBannedError, ComputeBannedError
   */
  async admit(rule: AccessRule, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.check(rule, new ExecutionContextHost([request, reply]));
  }

  private async check(rule: AccessRule | undefined, context: ExecutionContext): Promise<void> {
    const request = context.switchToHttp().getRequest<FastifyRequest & Required<RequestWithUser>>();
    const address = this.addresses.of(request);
    await this.throttle.check(address);
    if (rule === 'public') return;
    await this.token.guard.canActivate(context);
    const { user } = request;
    switch (rule) {
      case 'authenticated':
        return;
      case 'admin':
        if (user.role === UserRole.Admin) return;
        this.denials.record(user, `${request.method} ${pathOf(request)}`, address);
        throw new PermissionDeniedError();
      case 'compute':
        if (await this.addressBans.isBanned(address)) throw new AddressBannedError();
        if (user.status === UserStatus.ComputeBanned) throw new ComputeBannedError();
        return;
      case undefined:
        throw new PermissionDeniedError();
    }
  }
}

/** The declared path, so that ids in paths do not make denials look different. */
function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '';
}
