/** Comments that stand behind or directly above a line, by the names that the line assigns or uses. */
export function commentsOf(text: string): Map<string, string> {
  const comments = new Map<string, string>();
  let above: string[] = [];
  for (const line of text.split('\n')) {
    if (above.length === 0 && !line.includes('#')) continue;
    const whole = /^\s*#+\s?(.*)$/.exec(line)?.[1];
    if (whole !== undefined) {
      above.push(whole.trim());
      continue;
    }
    const behind = /\s#\s+(.*)$/.exec(line)?.[1]?.trim();
    const words = behind || prose(above);
    above = [];
    if (!words) continue;
    const names = [
      ...line.matchAll(/\$\{?([A-Za-z_]\w*)|^\s*(?:-\s*)?(?:export\s+)?([A-Za-z_]\w*)\s*[=:]/g),
    ];
    for (const [, used, assigned] of names) {
      const name = used ?? assigned ?? '';
      if (!comments.has(name)) comments.set(name, words.slice(0, 500));
    }
  }
  return comments;
}

/** The lines of a comment as one text; none where it is switched-off configuration or a ruler. */
function prose(lines: readonly string[]): string {
  const kept = lines.filter((line) => line !== '' && !/^[-=#*~\s]+$/.test(line));
  if (kept.length > 4 || kept.some((line) => /^(- )?[\w.-]+\s*[:=]\s*\S/.test(line))) return '';
  return kept.join(' ');
}
