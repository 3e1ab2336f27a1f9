import { createHash } from 'node:crypto';
import { hash, verify, type Options } from '@node-rs/argon2';
import type { Settings } from '../../platform/config/settings';
import { storedSecret } from '../../platform/secrets/stored-secret';

/**
 * Argon2id (19 MiB, two passes, one lane; about 13 ms) with a pepper that is not in the database,
 * so that a stolen table alone cannot be searched.
 */
export class PasswordHasher {
  /** Tells this pepper from another one and reveals nothing else about it. */
  readonly pepperFingerprint: string;
  private readonly options: Options;
  private dummy: Promise<string> | null = null;

  /** `pepper`: at least 32 bytes. */
  constructor(pepper: Uint8Array) {
    if (pepper.length < 32) throw new Error('The password pepper must have at least 32 bytes');
    this.pepperFingerprint = createHash('sha256')
      .update('pepper')
      .update(pepper)
      .digest('hex')
      .slice(0, 16);
    // 2 is Algorithm.Argon2id, a const enum that single-file transpilers cannot resolve.
    this.options = {
      algorithm: 2,
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1,
      secret: pepper,
    };
  }

  /** With the pepper of the settings or, without one, a pepper kept in the data folder. */
  static from({ passwordPepper, dataDir }: Settings): PasswordHasher {
    return new PasswordHasher(
      passwordPepper ? Buffer.from(passwordPepper) : storedSecret(dataDir, 'password-pepper'),
    );
  }

  hash(digest: string): Promise<string> {
    return hash(digest, this.options);
  }

  /** False for a wrong digest and for a stored value that is not a hash. */
  async verify(stored: string, digest: string): Promise<boolean> {
    try {
      return await verify(stored, digest, this.options);
    } catch {
      return false;
    }
  }

  /** Takes as long as a verification, so that an unknown name answers as slowly as a known one. */
  async verifyNothing(digest: string): Promise<false> {
    await this.verify(await this.warmUp(), digest);
    return false;
  }

  /** Prepares `verifyNothing`, so that its first call is no slower than the second. */
  warmUp(): Promise<string> {
    return (this.dummy ??= this.hash('dummy'));
  }
}
