import { newRefreshToken, refreshTokenHash } from './refresh-token';

describe(newRefreshToken.name, () => {
  it('carries 256 bits and never repeats', () => {
    const tokens = Array.from({ length: 1000 }, newRefreshToken);
    expect(new Set(tokens.map((t) => t.token)).size).toBe(1000);
    expect(Buffer.from(tokens[0]?.token.slice(4) ?? '', 'base64url')).toHaveLength(32);
  });

  it('is found by its hash of 64 hex characters', () => {
    const { token, hash } = newRefreshToken();
    expect(refreshTokenHash(token)).toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    '',
    'x',
    'ssr_',
    'eyJhbGciOiJIUzI1NiJ9.e30.x',
    `ssr_${'a'.repeat(44)}`,
    `ssr_${'!'.repeat(43)}`,
  ])('rejects %j', (text) => {
    expect(refreshTokenHash(text)).toBeNull();
  });
});
