import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Installation } from '../../accounts/installation.entity';
import { User } from '../../accounts/user.entity';
import { PasswordHasher } from '../passwords/password-hasher';
import { AccessTokens } from '../tokens/access-token';

/** How a secret compares with what the installation has used so far. */
export type MarkOutcome = 'same' | 'new' | 'different';

/**
 * Says so when this process has other secrets than the installation: the nodes of one installation
 * must share them, and a lost pepper makes every password unknown. Without a word both look like
 * users who forgot their passwords.
 */
@Injectable()
export class SecretMarks implements OnApplicationBootstrap {
  private readonly logger = new Logger(SecretMarks.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
    private readonly tokens: AccessTokens,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    try {
      const { pepper, tokenKey } = await this.compare();
      if (pepper === 'different')
        this.logger.error(
          'The password pepper is not the one that the passwords of this installation were hashed with: nobody can sign in. ' +
            'Restore PASSWORD_PEPPER or the file secrets/password-pepper of the data folder; if it is lost, run `npm run admin -- reset <name>`.',
        );
      if (tokenKey === 'different')
        this.logger.warn(
          'The key that signs access tokens has changed: older tokens are void. Nodes of one installation need the same JWT_SECRET.',
        );
    } catch (error) {
      this.logger.warn({ err: error }, 'the secrets could not be compared with those in use');
    }
  }

  /** Compares, and remembers what there is nothing to compare with yet. */
  async compare(): Promise<{ pepper: MarkOutcome; tokenKey: MarkOutcome }> {
    const { manager } = this.dataSource;
    const known = await manager.findOneByOrFail(Installation, { id: 1 });
    const pepperMark = this.hasher.pepperMark;
    const tokenKeyMark = this.tokens.keyId;
    const someUser = known.pepperMark === pepperMark || (await manager.existsBy(User, {}));
    const pepper = outcome(someUser ? known.pepperMark : null, pepperMark);
    const tokenKey = outcome(known.tokenKeyMark, tokenKeyMark);
    if (pepper === 'new') await manager.update(Installation, { id: 1 }, { pepperMark });
    if (tokenKey !== 'same') await manager.update(Installation, { id: 1 }, { tokenKeyMark });
    return { pepper, tokenKey };
  }
}

function outcome(known: string | null, own: string): MarkOutcome {
  if (known === null) return 'new';
  return known === own ? 'same' : 'different';
}
