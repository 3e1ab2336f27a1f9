import { sha256Hex } from './sha256.js';

/**
 * The form in which passwords travel: `hex(sha256(hex(sha256(plain))))`. `admin` becomes
 * `998ed4d621742d0c2d85ed84173db569afa194d4597686cae947324aa58ab4bb`.
 */
export async function passwordDigest(plain: string): Promise<string> {
  return sha256(await sha256(plain));
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  // Browsers leave `subtle` out on pages of plain http.
  const subtle = globalThis.crypto?.subtle as typeof crypto.subtle | undefined;
  if (!subtle) return sha256Hex(bytes);
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
