import { createCipheriv, createHash, randomBytes, randomUUID, scrypt } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Each call of restic derives a key from the password for half a second: that protects passwords which people choose.
 * One of 256 random bits nobody guesses, however quickly a guess is made. Restic finds out by itself how much work
 * its own key is to take, and has no setting for it, so for such a password the repository gets one more key of
 * restic's format (https://restic.readthedocs.io/en/stable/100_references.html#keys-encryption-and-mac). Its own stays.
 */
const WORK = { N: 1024, r: 8, p: 1 } as const;
const SALT_BYTES = 64;
/** 32 bytes for AES-256, then 16 for AES-128 and 16 for Poly1305. */
const KEY_BYTES = 64;
const NONCE_BYTES = 16;
const ID = /^[0-9a-f]{64}$/;
/** Stands as its user in `restic key list`. */
const USER = 'stackscape-quick';

/** Whether it is 256 random bits as a repository's key is generated, rather than chosen by somebody. */
export const isGeneratedKey = (key: string): boolean => ID.test(key);

/** The id of the quick key of a repository in a folder; null where there is none. */
export async function findQuickKey(folder: string): Promise<string | null> {
  const keys = join(folder, 'keys');
  for (const id of await readdir(keys).catch(() => [])) {
    if (!ID.test(id)) continue;
    const text = await readFile(join(keys, id), 'utf8').catch(() => '');
    if (text.includes(`"username":"${USER}"`)) return id;
  }
  return null;
}

/**
 * Adds a key that the same password opens.
 * @param masterKey as `restic cat masterkey` prints it
 */
export async function addQuickKey(
  folder: string,
  password: string,
  masterKey: string,
): Promise<void> {
  const { id, text } = await sealQuickKey(password, masterKey);
  const place = join(folder, 'keys', id);
  // As restic does it: its listing leaves out names that are no ids.
  const made = `${place}-tmp-${randomUUID()}`;
  try {
    const { mode } = await stat(join(folder, 'config'));
    const file = await open(made, 'wx', mode & 0o777);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(made, place);
  } catch (error) {
    await rm(made, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The file of a key, and its name. */
export async function sealQuickKey(
  password: string,
  masterKey: string,
): Promise<{ readonly id: string; readonly text: string }> {
  const salt = randomBytes(SALT_BYTES);
  const derived = await derive(password, salt, KEY_BYTES, WORK);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, 32), nonce);
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify(JSON.parse(masterKey))),
    cipher.final(),
  ]);
  const once = createCipheriv('aes-128-ecb', derived.subarray(32, 48), null).setAutoPadding(false);
  const tag = poly1305(sealed, derived.subarray(48), once.update(nonce));
  const text = JSON.stringify({
    created: new Date().toISOString(),
    username: USER,
    hostname: 'stackscape',
    kdf: 'scrypt',
    ...WORK,
    salt: salt.toString('base64'),
    data: Buffer.concat([nonce, sealed, tag]).toString('base64'),
  });
  return { id: createHash('sha256').update(text).digest('hex'), text };
}

const derive = promisify<string, Buffer, number, typeof WORK, Buffer>(scrypt);

const PRIME = 2n ** 130n - 5n;
/** Bits that the first half of a key does not use. */
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
const BLOCK_BYTES = 16;

/** The one-time authenticator of RFC 8439, section 2.5, which Node does not offer by itself. */
export function poly1305(message: Buffer, r: Buffer, s: Buffer): Buffer {
  const factor = numberOf(r) & CLAMP;
  let sum = 0n;
  for (let from = 0; from < message.length; from += BLOCK_BYTES) {
    const block = Buffer.concat([message.subarray(from, from + BLOCK_BYTES), Buffer.of(1)]);
    sum = ((sum + numberOf(block)) * factor) % PRIME;
  }
  const tag = BigInt.asUintN(128, sum + numberOf(s));
  return Buffer.from(tag.toString(16).padStart(2 * BLOCK_BYTES, '0'), 'hex').reverse();
}

/** The least significant byte comes first. */
function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
