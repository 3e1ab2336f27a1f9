import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CurrentUser, RequestWithUser } from '../../http/access/current-user';
import type { RequestWithClientAddress } from '../addresses/client-addresses';

/** The signed-in user of a request and the address that it came from, for the audit log. */
export interface Requester extends CurrentUser {
  readonly address: string;
}

/** As a parameter of a handler: `@Requester() by: Requester`. Not for public routes. */
export const Requester = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Requester => {
    const { user, clientAddress = 'unknown' } = context
      .switchToHttp()
      .getRequest<RequestWithUser & RequestWithClientAddress>();
    if (!user) throw new Error('Requester is used on a public route');
    return { ...user, address: clientAddress };
  },
);
