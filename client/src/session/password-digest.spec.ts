import { createHash } from 'node:crypto';
import { passwordDigest } from './password-digest';
import { sha256Hex } from './sha256';

const ADMIN = '998ed4d621742d0c2d85ed84173db569afa194d4597686cae947324aa58ab4bb';

describe(passwordDigest.name, () => {
  it('makes the published test vector', async () => {
    expect(await passwordDigest('admin')).toBe(ADMIN);
  });

  it('makes it without WebCrypto too, as on a page of plain http', async () => {
    const whole = Object.getOwnPropertyDescriptor(globalThis, 'crypto') ?? {};
    Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
    try {
      expect(await passwordDigest('admin')).toBe(ADMIN);
    } finally {
      Object.defineProperty(globalThis, 'crypto', whole);
    }
  });
});

describe(sha256Hex.name, () => {
  it('agrees with OpenSSL on every length around the block size and on long texts', () => {
    for (const length of [...Array(200).keys(), 1_000, 65_536, 100_003]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 256);
      expect(sha256Hex(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});
