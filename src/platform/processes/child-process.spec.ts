import { runChild } from './child-process';

describe('running a child process', () => {
  it('names the signal that ended it', async () => {
    const result = await runChild('/bin/sh', ['-c', 'echo last words >&2; kill -KILL $$']);
    expect(result).toEqual({ code: null, output: '', errors: 'last words\nended by SIGKILL' });
  });

  it('passes lines on, the last one without its end too, and keeps the output when asked', async () => {
    const lines: string[] = [];
    const onLine = (line: string): void => void lines.push(line);
    const result = await runChild('/bin/sh', ['-c', 'printf "a\\nb"; exit 3'], {
      onLine,
      keepOutput: true,
    });
    expect([lines, result]).toEqual([['a', 'b'], { code: 3, output: 'a\nb', errors: '' }]);
  });
});
