import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { buildProgram } from '../../cli/src/program';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';

const read = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');

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

/** Links of a page to files and headings that there are not; `page` is its path in the project. */
export function brokenLinks(page: string, text: string): string[] {
  return links(text)
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target =
        path === '' ? page : relative(PROJECT_ROOT, join(PROJECT_ROOT, dirname(page), path));
      if (!existsSync(join(PROJECT_ROOT, target))) return true;
      const aimedAt = path === '' ? text : anchor ? read(target) : '';
      return anchor ? !headings(aimedAt).map(slug).includes(decodeURIComponent(anchor)) : false;
    });
}

/** Scripts of npm that a page names and `package.json` lacks. */
export function unknownScripts(text: string): string[] {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  return commands(text)
    .flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map((m) => m[1] ?? m[2] ?? ''),
    )
    .filter((name) => !(name in scripts));
}

/** Commands of `stackscape` that a page names and the command line lacks. */
export function unknownCommands(text: string): string[] {
  return commands(text)
    .flatMap((line) =>
      [...line.matchAll(/(?:^|npx |server |[|&;] )stackscape ((?:[a-z][a-z-]* ?)+)/g)].map(
        (m) => m[1]?.trim() ?? '',
      ),
    )
    .filter((words) => !isCommand(words.split(' ')));
}

/** Routes that a page names, `GET /path` or `/api/v1/path`, and the document lacks. */
export function unknownRoutes(text: string): string[] {
  return inlineCode(text).filter((code) => {
    const [, method, path] = /^(?:(GET|POST|DELETE) )?(\/[A-Za-z][^\s?#`]*)/.exec(code) ?? [];
    if (path === undefined) return false;
    const isMeant = method !== undefined || /^\/(api\/v1|health)\/./.test(path);
    return isMeant && !isRoute(path, method);
  });
}

/** What a translation must have in common with its twin: sections, what is typed, and links. */
export function skeletonOf(text: string): object {
  return {
    levels: [...withoutCode(text).matchAll(/^(#+) /gm)].map(([, level]) => level),
    blocks: codeBlocks(text),
    typed: inlineCode(text)
      .filter((code) => /^(npm|npx|GET|POST|DELETE|\/)/.test(code))
      .sort(),
    targets: [...new Set(links(text).map((to) => basename(to.split('#')[0] ?? '')))].sort(),
  };
}

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
