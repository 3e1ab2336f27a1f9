import type { Settings } from '../../platform/config/settings';
import { storedKey } from './stored-key';

/** The key that signs access tokens: the setting, or one kept in the data folder. */
export function tokenKey(settings: Settings): Buffer {
  return settings.jwtSecret
    ? Buffer.from(settings.jwtSecret)
    : storedKey(settings.dataDir, 'jwt-secret');
}

/** The second secret in every password hash: the setting, or one kept in the data folder. */
export function passwordPepper(settings: Settings): Buffer {
  return settings.passwordPepper
    ? Buffer.from(settings.passwordPepper)
    : storedKey(settings.dataDir, 'password-pepper');
}
