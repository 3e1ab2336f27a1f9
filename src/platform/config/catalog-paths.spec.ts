import { gitAddressText } from '../git/git-address';
import { catalogPaths } from './parsers';

const COMMIT = 'a'.repeat(40);
const read = (text: string) =>
  catalogPaths(text).map((path) => [
    'git' in path ? gitAddressText(path.git) : path.folder,
    path.trusted,
  ]);

describe('the setting CATALOG_PATHS', () => {
  it.each([
    ['', []],
    ['/a:/b', [['/a', false], ['/b', false]]],
    ['/a=trusted:/b, c', [['/a', true], ['/b, c', false]]],
    ['https://h.org/x.git', [['https://h.org/x.git', false]]],
    [
      '/a:https://h.org:8443/x.git#main:apps,/b:/c=trusted',
      [['/a', false], ['https://h.org:8443/x.git#main:apps', false], ['/b', false], ['/c', true]],
    ],
    [
      `https://h.org/x.git#${COMMIT}=trusted, https://h.org/y.git#:z,`,
      [[`https://h.org/x.git#${COMMIT}`, true], ['https://h.org/y.git#:z', false]],
    ],
    ['relative,https://h.org/x', [['relative', false], ['https://h.org/x', false]]],
  ])('reads %j', (text, expected) => expect(read(text)).toEqual(expected)); // prettier-ignore

  it.each([
    ['https://h.org/x.git=trusted', 'full commit'],
    ['https://h.org/x.git#main=trusted', 'full commit'],
    ['http://h.org/x.git', 'https'],
    ['https://user:word@h.org/x.git', 'without user'],
  ])('refuses %s', (text, words) => expect(() => catalogPaths(text)).toThrow(words));
});
