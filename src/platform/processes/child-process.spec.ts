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

  it('gives it a text when there is one, nothing where none comes, and does not mind that it has ended before', async () => {
    const read = ['-c', 'read -r line && echo "got $line" || echo "got nothing"'];
    const told = async (args: string[], input?: Promise<string>) =>
      (await runChild('/bin/sh', args, { keepOutput: true, ...(input ? { input } : {}) })).output;
    expect(await told(read, Promise.resolve('words\n'))).toBe('got words\n');
    expect(await told(read, Promise.reject(new Error('none')))).toBe('got nothing\n');
    expect(await told(read)).toBe('got nothing\n');
    let late: (text: string) => void = () => undefined;
    const input = new Promise<string>((resolve) => (late = resolve));
    expect(await told(['-c', 'echo over'], input)).toBe('over\n');
    late('too late');
    await input;
  });

  it('leaves no input unheeded that fails when it is not to begin any more', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    const input = Promise.reject<string>(new Error('none'));
    await expect(runChild('/bin/true', [], { signal, input })).rejects.toThrow('stopped');
  });
});
