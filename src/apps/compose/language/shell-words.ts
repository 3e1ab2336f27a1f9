/**
 * Splits a command line into words as a POSIX shell would, without expanding anything: single quotes,
 * double quotes, backslashes. Null where a quote is never closed.
 */
export function splitShellWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let index = 0; index < line.length; index++) {
    const letter = line[index] ?? '';
    if (quote === "'") {
      if (letter === "'") quote = null;
      else word += letter;
    } else if (letter === '\\' && index + 1 < line.length) {
      const next = line[++index] ?? '';
      // In double quotes a backslash only takes away the meaning of these; a line end joins two lines.
      const kept = quote === '"' && !'"\\$`\n'.includes(next) ? '\\' : '';
      word = (word ?? '') + (next === '\n' ? '' : kept + next);
    } else if (quote === '"') {
      if (letter === '"') quote = null;
      else word += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + letter;
    }
  }
  if (quote) return null;
  if (word !== null) words.push(word);
  return words;
}
