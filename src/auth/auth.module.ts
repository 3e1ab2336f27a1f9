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
import { passwordPepper, tokenKey } from './secrets/auth-secrets';
import { SecretFingerprints } from './secrets/secret-fingerprints';
import { OwnSessionsService } from './sessions/own-sessions.service';
import { RefreshService } from './sessions/refresh.service';
import { SessionCleanup } from './sessions/session-cleanup';
import { SessionService } from './sessions/session.service';
import { AuthSnapshots } from './cache/auth-snapshots';
import { CacheInvalidation } from './cache/cache-invalidation';
import { FailureThrottle } from './throttle/failure-throttle';
import { RateCounter } from './throttle/rate-counter';
import { RequestThrottle } from './throttle/request-throttle';
import { AccessTokens } from './tokens/access-token';

/** Who is calling, and whether he may: the guard in front of every route and what it stands on. */
@Global()
@Module({
  controllers: [AuthController, AddressBanController],
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
    OwnSessionsService,
    RateCounter,
    RefreshService,
    AccessDenialLog,
    RequestThrottle,
    SecretFingerprints,
    SessionCleanup,
    SessionService,
    {
      provide: AccessTokens,
      inject: [Settings],
      useFactory: (settings: Settings) =>
        new AccessTokens(tokenKey(settings), settings.accessTokenSeconds),
    },
    {
      provide: PasswordHasher,
      inject: [Settings],
      useFactory: (settings: Settings) => new PasswordHasher(passwordPepper(settings)),
    },
  ],
  exports: [
    AccessGuard,
    AddressBanService,
    CacheInvalidation,
    ClientAddresses,
    FailureThrottle,
    PasswordHasher,
    RequestThrottle,
    SessionService,
  ],
})
export class AuthModule {}
