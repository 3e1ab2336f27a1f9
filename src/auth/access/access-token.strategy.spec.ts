import { accessTokenOf } from './access-token.strategy';

describe(accessTokenOf.name, () => {
  it.each([
    [{}, null],
    [{ token: '' }, null],
    [{ token: '  ' }, null],
    [{ token: 'abc' }, 'abc'],
    [{ authorization: 'Bearer abc' }, 'abc'],
    [{ authorization: 'bearer  abc ' }, 'abc'],
    [{ authorization: 'Bearer' }, null],
    [{ authorization: 'Bearer ' }, null],
    [{ authorization: 'Basic YTpi' }, null],
    [{ token: 'one', authorization: 'Bearer two' }, 'one'],
    [{ cookie: 'token=abc' }, null],
  ])('finds in %j the token %s', (headers, token) => {
    expect(accessTokenOf(headers)).toBe(token);
  });
});
