import { createDecipheriv, createHash, scryptSync } from 'node:crypto';
import { isGeneratedKey, poly1305, sealQuickKey } from './quick-key';

const PASSWORD = 'a3'.repeat(32);
const MASTER = '{"mac":{"k":"434nLPE+PUmu2KWGAzA71A==","r":"FqvnA4ho3g/8E1wGSG4IBQ=="},"encrypt":"aJTGFDahPUpnlTZcTuAmiIMwyZzyqJM/Ik1Bvc4vTUQ="}'; // prettier-ignore

describe('the quick key of a repository', () => {
  it('authenticates as RFC 8439 tells in section 2.5.2', () => {
    const r = Buffer.from('85d6be7857556d337f4452fe42d506a8', 'hex');
    const s = Buffer.from('0103808afb0db2fd4abff6af4149f51b', 'hex');
    const tag = poly1305(Buffer.from('Cryptographic Forum Research Group'), r, s);
    expect(tag.toString('hex')).toBe('a8061dc1305136c6c22b8baf0c0127a9');
  });

  it.each([
    // Test vectors 7, 9 and 11 of appendix A.3: sums at the edges of the prime.
    ['ffffffffffffffffffffffffffffffff'.concat('f0ffffffffffffffffffffffffffffff', '11000000000000000000000000000000'), '01000000000000000000000000000000', '05000000000000000000000000000000'], // prettier-ignore
    ['fdffffffffffffffffffffffffffffff', '02000000000000000000000000000000', 'faffffffffffffffffffffffffffffff'], // prettier-ignore
    ['e33594d7505e43b900000000000000003394d7505e4379cd010000000000000000000000000000000000000000000000', '01000000000000000400000000000000', '13000000000000000000000000000000'], // prettier-ignore
  ])('authenticates %s', (message, r, tag) => {
    const none = Buffer.alloc(16);
    expect(poly1305(Buffer.from(message, 'hex'), Buffer.from(r, 'hex'), none).toString('hex')).toBe(
      tag,
    );
  });

  it('is named by its sum, and holds the master key for who has the password', async () => {
    const { id, text } = await sealQuickKey(PASSWORD, `${MASTER}\n`);
    expect(createHash('sha256').update(text).digest('hex')).toBe(id);
    const { kdf, N, r, p, salt, data } = JSON.parse(text);
    expect(kdf).toBe('scrypt');
    const derived = scryptSync(PASSWORD, Buffer.from(salt, 'base64'), 64, { N, r, p });
    const bytes = Buffer.from(data, 'base64');
    const open = createDecipheriv(
      'aes-256-ctr',
      derived.subarray(0, 32),
      new Uint8Array(bytes.subarray(0, 16)),
    );
    expect(open.update(bytes.subarray(16, -16)).toString()).toBe(MASTER);
    expect(text).not.toContain(PASSWORD);
  });

  it('is never the same twice', async () => {
    const [one, another] = await Promise.all([1, 2].map(() => sealQuickKey(PASSWORD, MASTER)));
    expect(JSON.parse(one?.text ?? '').salt).not.toBe(JSON.parse(another?.text ?? '').salt);
  });

  it('is for keys that were generated, not for words that somebody chose', () => {
    expect(isGeneratedKey(PASSWORD)).toBe(true);
    expect(isGeneratedKey('correct horse battery staple')).toBe(false);
    expect(isGeneratedKey(`${PASSWORD} `)).toBe(false);
  });
});
