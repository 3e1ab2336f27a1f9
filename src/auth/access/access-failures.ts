import type { AccessRule } from '../../http/access/access-rule';
import type { CommonFailures } from '../../http/openapi/complete-document';
import {
  AccountBannedError,
  AddressBannedError,
  ComputeBannedError,
  PermissionDeniedError,
  TooManyAttemptsError,
} from '../auth.errors';
import {
  TicketInvalidError,
  TokenExpiredError,
  TokenInvalidError,
  TokenMissingError,
} from '../tokens/token.errors';

const SIGNED_IN = [
  new TokenMissingError(),
  new TokenExpiredError(),
  new TokenInvalidError(),
  new AccountBannedError(),
];

/** How the guard refuses a call, by its access rule, for the OpenAPI document. */
const BY_RULE: CommonFailures['byRule'] = {
  public: [],
  authenticated: SIGNED_IN,
  admin: [...SIGNED_IN, new PermissionDeniedError()],
  compute: [...SIGNED_IN, new AddressBannedError(), new ComputeBannedError()],
} satisfies Record<AccessRule, unknown>;

export const ACCESS_FAILURES: CommonFailures = {
  byRule: BY_RULE,
  ofStreams: [new TicketInvalidError()],
  throttled: new TooManyAttemptsError(5),
};
