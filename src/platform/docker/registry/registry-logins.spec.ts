import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLogins, RegistryLogins } from './registry-logins';

const auth = (pair: string): { auth: string } => ({ auth: Buffer.from(pair).toString('base64') });
const read = (file: object) => readLogins(JSON.stringify(file));

describe(readLogins.name, () => {
  it('reads name and password, together or apart, and tokens', () => {
    const logins = read({
      auths: {
        'mirror.lan:5000': auth('me:pass:word'),
        'https://ghcr.io/v2/': { username: 'you', password: 'secret' },
        'azure.example': { ...auth('0000:'), identitytoken: 'token' },
      },
    });
    expect(Object.fromEntries(logins)).toEqual({
      'mirror.lan:5000': {
        username: 'me',
        password: 'pass:word',
        serveraddress: 'mirror.lan:5000',
      },
      'ghcr.io': { username: 'you', password: 'secret', serveraddress: 'https://ghcr.io/v2/' },
      'azure.example': { username: '0000', identitytoken: 'token', serveraddress: 'azure.example' },
    });
  });

  it.each([
    ['{"auths": ', 'no JSON'],
    ['[]', 'no config.json of docker login'],
    ['{"auths": []}', 'no config.json of docker login'],
    ['{"auths": {"a.lan": {}}}', 'no user and password for a.lan'],
    ['{"auths": {"a.lan": {"auth": "Zm9v"}}}', 'no user and password for a.lan'],
    ['{"auths": {"a.lan": {}}, "credsStore": "pass"}', 'with a credential helper'],
    ['{"auths": {}, "credHelpers": {"a.lan": "ecr"}}', 'with a credential helper'],
  ])('refuses %s', (text, reason) => {
    expect(() => readLogins(text)).toThrow(reason);
  });

  it('never repeats what it read', () => {
    expect(() => readLogins('{"auths": {"a.lan": {"auth": "c2VjcmV0"')).toThrow(/^no JSON$/);
  });
});

describe(RegistryLogins.name, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'logins-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('finds the login of an image’s registry, as the file is now', async () => {
    const path = join(folder, 'config.json');
    const logins = new RegistryLogins(path);
    await writeFile(path, JSON.stringify({ auths: { 'a.lan:5000': auth('me:one') } }));
    expect(await logins.find('a.lan:5000/team/shop:1')).toMatchObject({ password: 'one' });
    expect(await logins.find('shop:1')).toBeNull();
    await writeFile(path, JSON.stringify({ auths: { 'https://index.docker.io/v1/': auth('me:two') } })); // prettier-ignore
    expect(await logins.find('a.lan:5000/team/shop:1')).toBeNull();
    expect(await logins.find('shop:1')).toMatchObject({ password: 'two' });
    expect(await logins.find('docker.io/team/shop:1')).toMatchObject({ password: 'two' });
    expect(await logins.byAddress()).toEqual({
      'https://index.docker.io/v1/': expect.objectContaining({ username: 'me', password: 'two' }),
    });
  });

  it('has none without a file, and says what is wrong with one that cannot be read', async () => {
    expect(await new RegistryLogins(null).find('shop:1')).toBeNull();
    const missing = new RegistryLogins(join(folder, 'missing'));
    await expect(missing.find('shop:1')).rejects.toMatchObject({
      failure: 'registry-logins-bad',
      subject: 'ENOENT',
    });
  });
});
