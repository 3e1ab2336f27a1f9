import { gitAddressText, readGitAddress } from './git-address';

const read = (text: string) => {
  const result = readGitAddress(text);
  return 'problem' in result ? result.field : gitAddressText(result.address);
};

describe(readGitAddress.name, () => {
  it.each([
    ['https://Example.org/a/b.git', 'https://example.org/a/b.git'],
    ['https://example.org:443/a/b.git/', 'https://example.org/a/b.git'],
    ['https://example.org:8443/a', 'https://example.org:8443/a'],
    ['https://[2001:db8::1]/a', 'https://[2001:db8::1]/a'],
    ['https://example.org/a.git#main', 'https://example.org/a.git#main'],
    ['https://example.org/a.git#main:', 'https://example.org/a.git#main'],
    ['https://example.org/a.git#:apps', 'https://example.org/a.git#:apps'],
    ['https://example.org/a.git#v1.2:/x/y/', 'https://example.org/a.git#v1.2:x/y'],
    ['https://example.org/a.git#特性/一:应用', 'https://example.org/a.git#特性/一:应用'],
    ['https://example.org/a/../b.git', 'https://example.org/b.git'],
  ])('reads %s as %s', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    ['http://example.org/a', 'url'],
    ['https://user@example.org/a', 'url'],
    ['https://user:word@example.org/a', 'url'],
    ['https://example.org', 'url'],
    ['https://example.org/a?x=1', 'url'],
    ['https://example.org/a b', 'url'],
    ['https://example.org/$(x)', 'url'],
    ['ext::sh -c x', 'url'],
    ['git@example.org:a/b.git', 'url'],
    ['/srv/repository', 'url'],
    ['', 'url'],
    [`https://example.org/${'a'.repeat(500)}`, 'url'],
    ['https://example.org/a#-x', 'ref'],
    ['https://example.org/a#a..b', 'ref'],
    ['https://example.org/a#a b', 'ref'],
    ['https://example.org/a#x~1', 'ref'],
    ['https://example.org/a#x^', 'ref'],
    ['https://example.org/a#x.lock', 'ref'],
    ['https://example.org/a#x/', 'ref'],
    ['https://example.org/a#@{1}', 'ref'],
    ['https://example.org/a#main:../x', 'folder'],
    ['https://example.org/a#main:x/../..', 'folder'],
    ['https://example.org/a#main:.GIT/x', 'folder'],
    ['https://example.org/a#main:a//b', 'folder'],
    ['https://example.org/a#main:a\nb', 'folder'],
  ])('refuses %j for its %s', (text, field) => expect(read(text)).toBe(field));
});
