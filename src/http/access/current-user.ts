import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { UserRole, UserStatus } from '../../accounts/user.entity';

/**
 * The signed-in user of a request, with the account's present role and status (the token carries
 * neither).
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

/** What the guard adds to a request. */
export interface RequestWithUser {
  user?: CurrentUser;
}

/** The signed-in user as a parameter of a handler: `@CurrentUser() user: CurrentUser`. Not for public routes. */
export const CurrentUser = createParamDecorator(
  (_data: undefined, context: ExecutionContext): CurrentUser => {
    const { user } = context.switchToHttp().getRequest<RequestWithUser>();
    if (!user) throw new Error('CurrentUser is used on a public route');
    return user;
  },
);
