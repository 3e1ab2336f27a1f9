import { randomBytes } from 'node:crypto';
import { SecretBox } from './secret-box';

describe(SecretBox.name, () => {
  const sut = new SecretBox(randomBytes(32));

  it('opens what it sealed', () => {
    expect(sut.open(sut.seal('pässword', 'redmine'), 'redmine')).toBe('pässword');
  });

  it('never seals the same text the same way twice', () => {
    expect(sut.seal('a', 'x').equals(sut.seal('a', 'x'))).toBe(false);
  });

  it('opens nothing in another context, with another key or after a flipped bit', () => {
    const sealed = sut.seal('secret', 'redmine');
    expect(() => sut.open(sealed, 'wordpress')).toThrow();
    expect(() => new SecretBox(randomBytes(32)).open(sealed, 'redmine')).toThrow();
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(() => sut.open(sealed, 'redmine')).toThrow();
  });

  it('refuses a key of the wrong length', () => {
    expect(() => new SecretBox(Buffer.alloc(16))).toThrow('32 bytes');
  });
});
