import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { UserRole, UserStatus } from '../../accounts/user.entity';

/**
 * The signed-in user behind a request. Role and status come from the account as it is now, not
 * from the token.
 */
export interface CurrentUser {
  /** Public id, a UUID. */
  readonly uid: string;
  /** Internal id of the row. */
  readonly userId: number;
  readonly name: string;
  readonly role: UserRole;
  readonly status: UserStatus;
  /** Session the token belongs to. */
  readonly sid: string;
}

/** What the guard leaves on a request. */
export interface RequestWithUser {
  user?: CurrentUser;
}

/** Hands the signed-in user to a handler: `@CurrentUser() user: CurrentUser`. Not for public routes. */
export const CurrentUser = createParamDecorator(
  (_data: undefined, context: ExecutionContext): CurrentUser => {
    const { user } = context.switchToHttp().getRequest<RequestWithUser>();
    if (!user) throw new Error('CurrentUser is used on a public route');
    return user;
  },
);
