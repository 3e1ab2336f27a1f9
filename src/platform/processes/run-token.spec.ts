import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isHolderGone, newRunToken } from './run-token';

const REGISTER = join(__dirname, '../../../test/chaos/register.js');
const HOLDER = `
  const { newRunToken } = require(${JSON.stringify(join(__dirname, 'run-token.ts'))});
  process.stdout.write(newRunToken());
  setInterval(() => undefined, 1000);`;

describe('the token of a run', () => {
  it('is another one each time and fits its column', () => {
    const tokens = new Set(Array.from({ length: 100 }, newRunToken));
    expect(tokens.size).toBe(100);
    for (const token of tokens) expect(token.length).toBeLessThanOrEqual(36);
  });

  it('tells a living process from a killed one, and from an earlier one with the same id', async () => {
    expect(isHolderGone(newRunToken())).toBe(false);
    const [machine, pid, since, random] = newRunToken().split('.');
    expect(isHolderGone([machine, pid, `${since}0`, random].join('.'))).toBe(true);
    const child = spawn(process.execPath, ['-r', REGISTER, '-e', HOLDER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [token] = (await once(child.stdout, 'data')).map(String);
    expect(isHolderGone(token ?? '')).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isHolderGone(token ?? '')).toBe(true);
  });

  it('says nothing of another machine, of another kind of token or of none', () => {
    const [, , since, random] = newRunToken().split('.');
    expect(isHolderGone(['0123456789', 'zzzz', since, random].join('.'))).toBe(false);
    for (const other of ['', 'another', '5e0c77e2-6f53-4818-9129-0dc14241aa64'])
      expect([other, isHolderGone(other)]).toEqual([other, false]);
  });
});
