import { createHmac, randomBytes } from 'node:crypto';
import { AccessTokens } from './access-tokens';
import { TokenExpiredError, TokenInvalidError } from './token.errors';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

describe(AccessTokens.name, () => {
  const secret = randomBytes(32);
  const sut = new AccessTokens(secret, 900);
  const claims = { uid: '9a6d777c-997d-a7e5-35f4-8471b7582ac0', sid: 's1', ver: 3 };
  const { token } = sut.issue(claims);
  const [header, payload, signature] = token.split('.');

  const forge = (
    changes: { header?: object; payload?: object },
    key: Buffer = secret,
    hash = 'sha256',
  ): string => {
    const head = encode({ ...decode(header), ...changes.header });
    const body = encode({ ...decode(payload), ...changes.payload });
    const mac = createHmac(hash, key).update(`${head}.${body}`).digest('base64url');
    return `${head}.${body}.${mac}`;
  };

  afterEach(() => jest.useRealTimers());

  it('reads back what it issued, twice the same', () => {
    expect(sut.verify(token)).toMatchObject(claims);
    expect(sut.verify(token)).toBe(sut.verify(token));
  });

  it('says when the token ends, in milliseconds', () => {
    const before = Date.now();
    const { expiresAt } = sut.issue(claims);
    expect(Math.abs(expiresAt - before - 900_000)).toBeLessThanOrEqual(60_000);
  });

  it('accepts a token that the test signs with the same claims', () => {
    expect(sut.verify(forge({}))).toMatchObject(claims);
  });

  const now = Math.floor(Date.now() / 1000);
  it.each([
    ['nothing', ''],
    ['three dots', '...'],
    ['words', 'not a token'],
    ['a token without its signature', `${header}.${payload}.`],
    ['a token that lost a character', token.slice(0, -1)],
    ['a token that won a character', `${token}A`],
    ['a very long token', `${token}${'A'.repeat(100_000)}`],
    [
      'another user in the payload',
      `${header}.${encode({ ...decode(payload), sub: 'x' })}.${signature}`,
    ],
    ['algorithm none', `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`],
    ['algorithm HS512, rightly signed', forge({ header: { alg: 'HS512' } }, secret, 'sha512')],
    ['algorithm RS256', forge({ header: { alg: 'RS256' } })],
    ['another secret', forge({}, randomBytes(32))],
    ['another key id', forge({ header: { kid: 'other' } })],
    ['another issuer', forge({ payload: { iss: 'other' } })],
    ['another audience', forge({ payload: { aud: 'other' } })],
    ['no end', forge({ payload: { exp: undefined } })],
    ['no session', forge({ payload: { sid: undefined } })],
    ['no version', forge({ payload: { ver: undefined } })],
    ['an expired token of another secret', forge({ payload: { exp: now - 1 } }, randomBytes(32))],
  ])('refuses %s', (_what, bad) => {
    expect(() => sut.verify(bad)).toThrow(TokenInvalidError);
  });

  it('refuses every single changed character of the signature', () => {
    for (let i = 0; i < (signature ?? '').length; i++) {
      const chars = [...(signature ?? '')];
      chars[i] = chars[i] === 'A' ? 'B' : 'A';
      expect(() => sut.verify(`${header}.${payload}.${chars.join('')}`)).toThrow(TokenInvalidError);
    }
  });

  it('reports an expired token, cached or not', () => {
    expect(() => sut.verify(forge({ payload: { exp: now - 1 } }))).toThrow(TokenExpiredError);
    jest.useFakeTimers({ now: Date.now() + 901_000 });
    expect(() => sut.verify(token)).toThrow(TokenExpiredError);
    expect(() => sut.verify(token)).toThrow(TokenExpiredError);
  });

  it('refuses a short secret', () => {
    expect(() => new AccessTokens(randomBytes(31), 900)).toThrow('32 bytes');
  });
});
