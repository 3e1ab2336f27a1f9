import { parseHostListUrl, withPassword } from './host-list-url';

describe(parseHostListUrl.name, () => {
  it.each([
    ['mysql://u:p%40@db:3306/name', ['db:3306']],
    ['mysql://u:p@db1:3306,db2,10.0.0.3:3307/name', ['db1:3306', 'db2', '10.0.0.3:3307']],
    ['redis+sentinel://[::1]:26379,s2:26379/main/0', ['[::1]:26379', 's2:26379']],
  ])('reads the hosts of %s', (address, hosts) => {
    const urls = parseHostListUrl(address);
    expect(urls?.map((url) => url.host)).toEqual(hosts);
  });

  it('gives each host the same credentials and path', () => {
    const urls = parseHostListUrl('mysql://u:p%40@db1,db2/name?x=1') ?? [];
    for (const { username, password, pathname, search } of urls)
      expect([username, password, pathname, search]).toEqual(['u', 'p%40', '/name', '?x=1']);
  });

  it.each([
    '',
    'db1',
    'mysql://',
    'mysql:///name',
    'mysql://a,/x',
    'mysql://a:99999/x',
    'mysql://a b/x',
  ])('refuses %j', (address) => expect(parseHostListUrl(address)).toBeNull());
});

describe(withPassword.name, () => {
  it.each([
    ['mysql://u@a:1,b:2/x', 'mysql://u:p%40%2F%3A@a:1,b:2/x'],
    ['redis://a:1/0', 'redis://:p%40%2F%3A@a:1/0'],
    ['redis://u:@a', 'redis://u:p%40%2F%3A@a'],
  ])('puts it into %s', (address, expected) => {
    expect(withPassword(address, 'p@/:')).toBe(expected);
  });
});
