import { languageOf } from './bilingual';

describe(languageOf.name, () => {
  it.each([
    [undefined, 'zh'],
    ['', 'zh'],
    ['*', 'zh'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['zh;q=0.2, en;q=0.7', 'en'],
    ['fr, en;q=0', 'zh'],
    ['de;q=1, en;q=0.1', 'en'],
    ['en;q=abc', 'zh'],
  ])('reads %j as %s', (header, expected) => {
    expect(languageOf(header)).toBe(expected);
  });
});
