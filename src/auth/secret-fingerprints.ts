import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemState } from '../accounts/system-state.entity';
import { User } from '../accounts/user.entity';
import { Settings } from '../platform/config/settings';
import { PasswordHasher } from './passwords/password-hasher';
import { AccessTokens } from './tokens/access-tokens';

/** How a secret compares with the one in use so far. */
export type FingerprintComparison = 'same' | 'new' | 'different';

/**
 * Reports when this process has other secrets than the rest of the installation: all nodes must
 * share them, and a lost pepper voids every password. Otherwise both look like users who forgot
 * their passwords.
 */
@Injectable()
export class SecretFingerprints implements OnApplicationBootstrap {
  private readonly logger = new Logger(SecretFingerprints.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
    private readonly tokens: AccessTokens,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.role === 'node') return; // signs nobody in
    try {
      const { pepper, tokenKey } = await this.compare();
      if (pepper === 'different')
        this.logger.error(
          'The password pepper is not the one that the stored passwords were hashed with, so no login can succeed. ' +
            'Restore PASSWORD_PEPPER or the file secrets/password-pepper of the data folder; if it is lost, run `npm run admin -- reset <name>`.',
        );
      if (tokenKey === 'different')
        this.logger.warn(
          'The key that signs access tokens has changed, so older tokens are void. All nodes need the same JWT_SECRET.',
        );
    } catch (error) {
      this.logger.warn({ err: error }, 'the secrets could not be compared with those in use');
    }
  }

  /** Compares, and stores the fingerprint of a secret that is new. */
  async compare(): Promise<{ pepper: FingerprintComparison; tokenKey: FingerprintComparison }> {
    const { manager } = this.dataSource;
    const known = await manager.findOneByOrFail(SystemState, { id: 1 });
    const pepperFingerprint = this.hasher.pepperFingerprint;
    const tokenKeyFingerprint = this.tokens.keyId;
    // Without accounts no hash depends on the old pepper.
    const pepperInUse =
      known.pepperFingerprint === pepperFingerprint || (await manager.existsBy(User, {}));
    const pepper = compare(pepperInUse ? known.pepperFingerprint : null, pepperFingerprint);
    const tokenKey = compare(known.tokenKeyFingerprint, tokenKeyFingerprint);
    if (pepper === 'new') await manager.update(SystemState, { id: 1 }, { pepperFingerprint });
    if (tokenKey !== 'same') await manager.update(SystemState, { id: 1 }, { tokenKeyFingerprint });
    return { pepper, tokenKey };
  }
}

function compare(known: string | null, own: string): FingerprintComparison {
  if (known === null) return 'new';
  return known === own ? 'same' : 'different';
}
