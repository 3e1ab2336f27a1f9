export {
  ACCESS_RULE,
  AdminOnly,
  Authenticated,
  BEARER_SCHEME,
  ComputeAllowed,
  Public,
  TOKEN_HEADER_SCHEME,
  type AccessRule,
} from './access-rule';
export { CurrentUser, type RequestWithUser } from './current-user';
export { ClientAddress } from '../addresses/client-addresses';
export { AddressBanService } from '../addresses/address-ban.service';
