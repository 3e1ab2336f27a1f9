import { parseUserName } from './user-name';

describe(parseUserName.name, () => {
  it.each([
    'a',
    'lensfrex',
    '张伟',
    'Ünal_1',
    'ops@example.org',
    'a.b-c',
    'हिन्दी',
    '٣',
    '@',
    'x'.repeat(64),
    '𠀋'.repeat(64),
  ])('accepts %s', (name) => {
    expect(parseUserName(name)?.shown).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['65 characters', 'x'.repeat(65)],
    ['65 characters outside the basic plane', '𠀋'.repeat(65)],
    ['a space', 'a b'],
    ['a space at the end', 'admin '],
    ['a control character', 'a\u0000b'],
    ['a line feed', 'a\n'],
    ['a zero-width joiner', 'ad\u200dmin'],
    ['a right-to-left override', 'ad\u202emin'],
    ['a Hangul filler', 'a\u3164'],
    ['a soft hyphen', 'ad\u00admin'],
    ['an emoji', 'a😀'],
    ['a slash', 'a/b'],
    ['a quote', "a'b"],
    ['a percent sign', 'a%'],
    ['a lone surrogate', 'a\ud800'],
    ['a mark without a letter', '\u0301a'],
    ['a ligature that hides spaces', '\ufdfa'],
  ])('refuses %s', (_what, name) => {
    expect(parseUserName(name)).toBeNull();
  });

  it.each([
    ['case', 'Admin', 'aDMIN'],
    ['full-width letters', 'ａｄｍｉｎ', 'admin'],
    ['composed and decomposed forms', 'u\u0308nal', 'Ünal'],
    ['sharp s', 'straße', 'STRASSE'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['the Kelvin sign', '\u212aelvin', 'kelvin'],
  ])('treats names that differ only in %s as one', (_what, one, other) => {
    expect(parseUserName(one)?.key).toBe(parseUserName(other)?.key);
  });

  it.each([
    ['аdmin', 'admin'],
    ['ВОВ', 'BOB'],
    ['αdmin', 'Admin'],
    ['раураl', 'paypal'],
  ])('reports %s as a look-alike of %s without signing one in as the other', (one, other) => {
    expect(parseUserName(one)?.skeleton).toBe(parseUserName(other)?.skeleton);
    expect(parseUserName(one)?.key).not.toBe(parseUserName(other)?.key);
  });

  it.each([
    ['anna', 'anne'],
    ['user1', 'userl'],
    ['а', 'б'],
    ['张伟', '张炜'],
  ])('keeps %s and %s apart', (one, other) => {
    expect(parseUserName(one)?.skeleton).not.toBe(parseUserName(other)?.skeleton);
  });
});
