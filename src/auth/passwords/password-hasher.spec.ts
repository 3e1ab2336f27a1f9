import { randomBytes } from 'node:crypto';
import { passwordDigest } from './password-digest';
import { PasswordHasher } from './password-hasher';

describe(PasswordHasher.name, () => {
  const sut = new PasswordHasher(randomBytes(32));
  const digest = passwordDigest('secret');

  it('uses argon2id with the configured costs', async () => {
    expect(await sut.hash(digest)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('verifies what it hashed, and nothing else', async () => {
    const stored = await sut.hash(digest);
    expect(await sut.verify(stored, digest)).toBe(true);
    expect(await sut.verify(stored, passwordDigest('other'))).toBe(false);
    expect(await sut.verify('not a hash', digest)).toBe(false);
  });

  it('salts each hash', async () => {
    expect(await sut.hash(digest)).not.toBe(await sut.hash(digest));
  });

  it('depends on the pepper', async () => {
    const stored = await sut.hash(digest);
    expect(await new PasswordHasher(randomBytes(32)).verify(stored, digest)).toBe(false);
  });

  it('never verifies an empty hash', async () => {
    expect(await sut.verifyNothing('dummy')).toBe(false);
  });

  it('refuses a short pepper', () => {
    expect(() => new PasswordHasher(randomBytes(31))).toThrow('32 bytes');
  });
});
