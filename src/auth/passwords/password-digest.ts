import { createHash } from 'node:crypto';

const sha256 = (data: string | Buffer) => createHash('sha256').update(data);

/**
 * What a client sends instead of a password: hex(sha256(hex(sha256(plain)))), the inner digest fed
 * in as lower-case hex text. Test vector: `correct horse battery staple` gives
 * `1dbc6e9fc4cee6acc5f3acebaf126827625166d04aaf954ea32f308439ba693d`.
 */
export function passwordDigest(plain: string): string {
  return sha256(sha256(plain).digest('hex')).digest('hex');
}

/** Every digest a client could make of an empty password, the once-hashed forms included. */
const digestsOfNothing: ReadonlySet<string> = new Set([
  passwordDigest(''),
  sha256('').digest('hex'),
  sha256(sha256('').digest()).digest('hex'),
]);

export type PasswordDigestProblem = 'not-a-digest' | 'empty-password';

/** 64 hex characters of either case, in lower case; or why it is not acceptable. */
export function parsePasswordDigest(
  text: string,
): { digest: string } | { problem: PasswordDigestProblem } {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) return { problem: 'not-a-digest' };
  const digest = text.toLowerCase();
  return digestsOfNothing.has(digest) ? { problem: 'empty-password' } : { digest };
}
