import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { buildProgram } from '../../cli/src/program';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';

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

/** The address of a heading, as GitHub makes it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

const withoutCode = (text: string): string => text.replace(/^```[^]*?^```$/gm, '');
const headings = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^(#+) (.+)$/gm)].map(([, , title]) => title ?? '');
const codeBlocks = (text: string): string[] =>
  [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].map(([, code]) => code ?? '');
const inlineCode = (text: string): string[] =>
  [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
const links = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
/** What somebody may type or call: lines of blocks, and inline code. */
const commands = (text: string): string[] => [
  ...codeBlocks(text).flatMap((block) => block.split('\n')),
  ...inlineCode(text),
];

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to files and headings that there are', () => {
    for (const link of links(text).filter((target) => !/^(https?|mailto):/.test(target))) {
      const [path = '', anchor] = link.split('#');
      const target =
        path === '' ? page : relative(PROJECT_ROOT, join(PROJECT_ROOT, dirname(page), path));
      expect([link, existsSync(join(PROJECT_ROOT, target))]).toEqual([link, true]);
      if (anchor) expect(headings(read(target)).map(slug)).toContain(decodeURIComponent(anchor));
    }
  });

  it('names npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = commands(text).flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map((m) => m[1] ?? m[2] ?? ''),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names commands of stackscape that there are', () => {
    const named = commands(text).flatMap((line) =>
      [...line.matchAll(/(?:^|npx |server |[|&;] )stackscape ((?:[a-z]+ ?)+)/g)].map(
        (m) => m[1] ?? '',
      ),
    );
    expect(named.filter((words) => !isCommand(words.trim().split(' ')))).toEqual([]);
  });

  it('names routes that there are', () => {
    const called = inlineCode(text).flatMap((code) => {
      const [, method, path] = /^(?:(GET|POST|DELETE) )?(\/[A-Za-z][^\s?#`]*)/.exec(code) ?? [];
      return path === undefined ? [] : [{ method, path }];
    });
    const wrong = called.filter(
      ({ method, path }) =>
        (method !== undefined || /^\/(api\/v1|health)\/./.test(path)) && !isRoute(path, method),
    );
    expect(wrong).toEqual([]);
  });
});

describe('pages in Chinese', () => {
  it('are there for every page of the guide', () => {
    const guide = pagesIn('docs').filter((page) => read(page).includes(`](zh/${basename(page)})`));
    expect(guide.map((page) => basename(page)).sort()).toEqual(
      chinese.map((page) => basename(page)).sort(),
    );
    expect(chinese.length).toBeGreaterThanOrEqual(8);
  });

  it.each(chinese)('%s has the sections, commands and links of its twin', (page) => {
    const [zh, en] = [read(page), read(join('docs', basename(page)))];
    const levels = (text: string) =>
      [...withoutCode(text).matchAll(/^(#+) /gm)].map(([, level]) => level);
    expect(levels(zh)).toEqual(levels(en));
    expect(codeBlocks(zh)).toEqual(codeBlocks(en));
    const typed = (text: string) =>
      inlineCode(text)
        .filter((code) => /^(npm|npx|GET|POST|DELETE|\/)/.test(code))
        .sort();
    expect(typed(zh)).toEqual(typed(en));
    const targets = (text: string) =>
      [...new Set(links(text).map((target) => basename(target.split('#')[0] ?? '')))].sort();
    expect(targets(zh)).toEqual(targets(en));
  });
});

const program = buildProgram('en');

/** Words that lead from group to command; a command takes whatever follows. */
function isCommand(words: readonly string[]): boolean {
  let at = program;
  for (const word of words) {
    if (at.commands.length === 0) return true;
    const next = at.commands.find((command) => command.name() === word);
    if (!next) return false;
    at = next;
  }
  return true;
}

const { paths } = JSON.parse(read('openapi.json')) as { paths: Record<string, object> };

function isRoute(path: string, method?: string): boolean {
  const wanted = (
    path.startsWith('/api') || path in paths || /^\/(health|metrics)/.test(path)
      ? path
      : `/api/v1${path}`
  ).split('/');
  return Object.entries(paths).some(([known, item]) => {
    const parts = known.split('/');
    const fits =
      parts.length === wanted.length &&
      parts.every((part, i) => part === wanted[i] || (part.startsWith('{') && wanted[i] !== ''));
    return fits && (method === undefined || method.toLowerCase() in item);
  });
}
