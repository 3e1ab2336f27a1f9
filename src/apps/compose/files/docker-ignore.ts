/**
 * What a `.dockerignore` leaves out of a build context: `*`, `?`, `**`, `!` exceptions, the last
 * matching line wins. A folder that is left out takes what is in it along.
 */
export function parseDockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const exception = line.startsWith('!');
      const pattern = (exception ? line.slice(1) : line).replace(/^\/+|\/+$/g, '');
      return { exception, matcher: toMatcher(pattern) };
    });
  return (path) => {
    let ignored = false;
    for (const { exception, matcher } of rules) {
      if (matcher.test(path)) ignored = !exception;
    }
    return ignored;
  };
}

function toMatcher(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:[^/]+/)*';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      return part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}(?:/.*)?$`, 's');
}
