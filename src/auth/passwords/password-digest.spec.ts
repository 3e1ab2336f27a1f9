import { parsePasswordDigest, passwordDigest } from './password-digest';

describe(passwordDigest.name, () => {
  it('matches the published test vector', () => {
    expect(passwordDigest('correct horse battery staple')).toBe(
      '1dbc6e9fc4cee6acc5f3acebaf126827625166d04aaf954ea32f308439ba693d',
    );
  });

  it('hashes the inner digest as lower-case hex text', () => {
    expect(passwordDigest('')).toBe(
      'cd372fb85148700fa88095e3492d3f9f5beb43e555e5ff26d95f5a6adc36f8e6',
    );
  });
});

describe(parsePasswordDigest.name, () => {
  const digest = passwordDigest('x');

  it('accepts upper case and returns lower case', () => {
    expect(parsePasswordDigest(digest.toUpperCase())).toEqual({ digest });
  });

  it.each([
    '',
    digest.slice(1),
    `${digest}0`,
    digest.replace(/.$/, 'g'),
    ` ${digest}`,
    `${digest}\n`,
  ])('rejects %j, which is no digest', (text) => {
    expect(parsePasswordDigest(text)).toEqual({ problem: 'not-a-digest' });
  });

  it.each([
    passwordDigest(''),
    passwordDigest('').toUpperCase(),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456',
  ])('rejects %s, a digest of the empty password', (text) => {
    expect(parsePasswordDigest(text)).toEqual({ problem: 'empty-password' });
  });
});
