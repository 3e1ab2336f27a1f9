import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Settings } from '../platform/config/settings';
import { AccessGuard } from './access/access.guard';
import { Authenticator } from './access/authenticator';
import { AccessDenialLog } from './access/access-denial-log';
import { AddressBanAdministration } from './addresses/address-ban-administration';
import { AddressBanController } from './addresses/address-ban.controller';
import { AddressBanService } from './addresses/address-ban.service';
import { ClientAddresses } from './addresses/client-addresses';
import { AuthController } from './auth.controller';
import { LoginService } from './login/login.service';
import { PasswordHasher } from './passwords/password-hasher';
import { SecretFingerprints } from './secret-fingerprints';
import { OwnSessionsService } from './sessions/own-sessions.service';
import { RefreshService } from './sessions/refresh.service';
import { SessionCleanup } from './sessions/session-cleanup';
import { SessionService } from './sessions/session.service';
import { AuthSnapshots } from './cache/auth-snapshots';
import { CacheInvalidation } from './cache/cache-invalidation';
import { StreamTicketController } from './stream-tickets/stream-ticket.controller';
import { StreamTickets } from './tokens/stream-tickets';
import { OpenStreams } from './streams/open-streams';
import { FailureThrottle } from './throttle/failure-throttle';
import { RateLimiters } from './throttle/rate-limiters';
import { RequestThrottle } from './throttle/request-throttle';
import { AccessTokens } from './tokens/access-tokens';

/** Authentication and access: the guard in front of every route and what it needs. */
@Global()
@Module({
  controllers: [AuthController, AddressBanController, StreamTicketController],
  providers: [
    AccessGuard,
    { provide: APP_GUARD, useExisting: AccessGuard },
    AddressBanAdministration,
    AddressBanService,
    AuthSnapshots,
    Authenticator,
    CacheInvalidation,
    ClientAddresses,
    FailureThrottle,
    LoginService,
    OpenStreams,
    OwnSessionsService,
    RateLimiters,
    RefreshService,
    AccessDenialLog,
    RequestThrottle,
    SecretFingerprints,
    SessionCleanup,
    SessionService,
    StreamTickets,
    {
      provide: AccessTokens,
      inject: [Settings],
      useFactory: (settings: Settings) => AccessTokens.from(settings),
    },
    {
      provide: PasswordHasher,
      inject: [Settings],
      useFactory: (settings: Settings) => PasswordHasher.from(settings),
    },
  ],
  exports: [
    AccessTokens,
    AccessGuard,
    AddressBanService,
    AuthSnapshots,
    CacheInvalidation,
    ClientAddresses,
    FailureThrottle,
    OpenStreams,
    PasswordHasher,
    RequestThrottle,
    SessionService,
  ],
})
export class AuthModule {}
