import { randomBytes } from 'node:crypto';
import { SecretBox } from './secret-box';

describe(SecretBox.name, () => {
  const sut = new SecretBox(randomBytes(32));

  it('decrypts what it encrypted', () => {
    expect(sut.open(sut.seal('pässword', 'redmine'), 'redmine')).toBe('pässword');
  });

  it('encrypts the same text differently each time', () => {
    expect(sut.seal('a', 'x').equals(sut.seal('a', 'x'))).toBe(false);
  });

  it('rejects another context, another key or a flipped bit', () => {
    const sealed = sut.seal('secret', 'redmine');
    expect(() => sut.open(sealed, 'wordpress')).toThrow();
    expect(() => new SecretBox(randomBytes(32)).open(sealed, 'redmine')).toThrow();
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(() => sut.open(sealed, 'redmine')).toThrow();
  });

  it('rejects a key of the wrong length', () => {
    expect(() => new SecretBox(Buffer.alloc(16))).toThrow('32 bytes');
  });
});
