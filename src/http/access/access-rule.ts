import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';

/**
 * Access rule of a route. `compute` is a signed-in user whose address and account are not banned from
 * computing. A route without a rule is refused by the guard: deny by default.
 */
export type AccessRule = 'public' | 'authenticated' | 'admin' | 'compute';

/** Metadata key under which the guard, and the test that walks every route, find the rule. */
export const ACCESS_RULE = 'access:rule';

/** The access rule in the OpenAPI document, for interfaces that hide what a person may not do. */
export const ACCESS_EXTENSION = 'x-access';

/** Metadata key of a route that answers with a stream: there a ticket stands in for a token. */
export const STREAM_ROUTE = 'access:stream';

/** Names of the two ways to carry the access token, as the OpenAPI document declares them. */
export const TOKEN_HEADER_SCHEME = 'token';
export const BEARER_SCHEME = 'bearer';

const accessRule = (rule: AccessRule) =>
  applyDecorators(SetMetadata(ACCESS_RULE, rule), ApiExtension(ACCESS_EXTENSION, rule));

const signedIn = (rule: AccessRule) =>
  applyDecorators(accessRule(rule), ApiSecurity(TOKEN_HEADER_SCHEME), ApiBearerAuth(BEARER_SCHEME));

/** No token needed. */
export const Public = () => accessRule('public');

/** Any signed-in user, banned from computing or not. */
export const Authenticated = () => signedIn('authenticated');

/** Administrators only; others get 40300. */
export const AdminOnly = () => signedIn('admin');

/**
 * A signed-in user who may compute. The guard checks in the documented order: token, address ban
 * (40303), compute ban (40304); the compute service checks the quota (40305).
 */
export const ComputeAllowed = () => signedIn('compute');
