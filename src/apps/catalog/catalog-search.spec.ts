import { nearNames } from './catalog-search';

const names = ['nextcloud', 'next-cloud-aio', 'wordpress', 'redis', 'word-press-2', 'n8n', 'umami'];

describe(nearNames.name, () => {
  it.each([
    ['nextclod', ['nextcloud']],
    ['next cloud', ['nextcloud']],
    ['NextCluod', ['nextcloud']],
    ['word-press', ['wordpress']],
    ['store/wordpres', ['wordpress']],
    ['rdis', ['redis']],
    ['umani', ['umami']],
    ['n9', []],
    ['gitlab', []],
    ['', []],
    ['x'.repeat(10_000), []],
  ])('finds for %s: %j', (wanted, expected) => {
    expect(nearNames(names, wanted)).toEqual(expected);
  });

  it('suggests five at most', () => {
    const many = Array.from({ length: 9 }, (_, index) => `server${index}`);
    expect(nearNames(many, 'server')).toHaveLength(5);
  });
});
