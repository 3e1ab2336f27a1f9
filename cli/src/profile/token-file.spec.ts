import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenFile } from './token-file';

describe(tokenFile.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stackscape-tokens-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const tokens = { uid: 'u', role: 0, access_token: 'a', refresh_token: 'r', expired: 1 } as const;

  it('keeps tokens for its owner only and forgets them', async () => {
    const path = join(folder, 'deep', 'x.json');
    const sut = tokenFile(path);
    expect(await sut.read()).toBeNull();
    await sut.write(tokens);
    expect(await sut.read()).toEqual(tokens);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
    await sut.write(null);
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
  });

  it('lets one at a time do its work', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    const path = join(folder, 'x.json');
    await Promise.all([1, 2, 3].map(async () => tokenFile(path).exclusively?.(work)));
    expect(most).toBe(1);
  });

  it('does not wait for a command that was killed', async () => {
    const path = join(folder, 'x.json');
    mkdirSync(`${path}.lock`);
    const past = new Date(Date.now() - 60_000);
    utimesSync(`${path}.lock`, past, past);
    expect(await tokenFile(path).exclusively?.(() => Promise.resolve('done'))).toBe('done');
  });
});
