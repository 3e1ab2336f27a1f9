const WIDTH = 30;
let lastLine = '';

/** Draws the bar in place on a terminal, and a line a change elsewhere. */
export function drawProgress(percent: number, label: string): void {
  const share = Math.min(Math.max(percent / 100, 0), 1) || 0;
  const filled = Math.round(share * WIDTH);
  const line = `  [${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${Math.round(share * 100)
    .toString()
    .padStart(3)} % ${label}`;
  if (line === lastLine) return;
  lastLine = line;
  process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

export function endProgress(): void {
  if (process.stdout.isTTY) process.stdout.write('\n');
  lastLine = '';
}
