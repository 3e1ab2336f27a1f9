import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import {
  brokenLinks,
  skeletonOf,
  unknownCommands,
  unknownRoutes,
  unknownScripts,
} from './markdown-checks';

const read = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');
const pagesIn = (folder: string): string[] =>
  readdirSync(join(PROJECT_ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const chinese = pagesIn('docs/zh');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...['client/README.md', 'cli/README.md', 'catalog/README.md'],
  ...pagesIn('docs'),
  ...chinese,
];

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to files and headings that there are', () => {
    expect(brokenLinks(page, text)).toEqual([]);
  });

  it('names npm scripts, commands of stackscape and routes that there are', () => {
    expect(unknownScripts(text)).toEqual([]);
    expect(unknownCommands(text)).toEqual([]);
    expect(unknownRoutes(text)).toEqual([]);
  });
});

describe('pages in Chinese', () => {
  it('are there for every page of the guide', () => {
    const guide = pagesIn('docs').filter((page) => read(page).includes(`](zh/${basename(page)})`));
    expect(guide.map((page) => basename(page)).sort()).toEqual(
      chinese.map((page) => basename(page)).sort(),
    );
    expect(chinese.length).toBeGreaterThanOrEqual(11);
  });

  it.each(chinese)('%s has the sections, commands and links of its twin', (page) => {
    expect(skeletonOf(read(page))).toEqual(skeletonOf(read(join('docs', basename(page)))));
  });
});

describe('docs/pictures', () => {
  const folder = join(PROJECT_ROOT, 'docs/pictures');

  it('holds pictures of at most 150 kB, each of them shown in the README', () => {
    const files = readdirSync(folder);
    expect(files.filter((file) => statSync(join(folder, file)).size > 150_000)).toEqual([]);
    expect(files.filter((file) => !read('README.md').includes(`docs/pictures/${file}`))).toEqual(
      [],
    );
  });
});

describe('a page with a planted defect', () => {
  const page = 'docs/operators.md';
  const text = read(page);

  it.each([
    ['a link to no file', '[x](nosuch.md)', 'nosuch.md'],
    ['a link to no heading', '[x](settings.md#no-such)', 'settings.md#no-such'],
    ['a link to no heading of its own', '[x](#no-such)', '#no-such'],
  ])('with %s is found', (_what, planted, found) => {
    expect(brokenLinks(page, `${text}\n${planted}\n`)).toEqual([found]);
  });

  it.each([
    ['a script', unknownScripts, '```sh\nnpm run nosuch\n```', 'nosuch'],
    [
      'a command',
      unknownCommands,
      '```sh\nnpx stackscape app instal hello\n```',
      'app instal hello',
    ],
    [
      'a command with a hyphen',
      unknownCommands,
      '`npx stackscape user end-sesion`',
      'user end-sesion',
    ],
    ['a route', unknownRoutes, '`GET /api/v1/nosuch`', 'GET /api/v1/nosuch'],
    ['a method of a route', unknownRoutes, '`DELETE /api/v1/user/me`', 'DELETE /api/v1/user/me'],
  ] as const)('with %s that there is not is found', (_what, check, planted, found) => {
    expect(check(`${text}\n${planted}\n`)).toEqual([found]);
  });

  it.each([
    ['a section that its twin lacks', '\n## More\n'],
    ['another command than its twin', '\n```sh\nnpm start\n```\n'],
    ['a link that its twin lacks', '\n[x](codes.md)\n'],
  ])('with %s is found', (_what, planted) => {
    expect(skeletonOf(text + planted)).not.toEqual(skeletonOf(text));
  });
});
