/** Shorter values are too common to be recognised as a secret. */
const MIN_LENGTH = 4;
const MASKED = '••••••';

/** Replaces secrets in a text. */
export type SecretMask = (text: string) => string;

/** A mask for these secrets as they are, percent-encoded and in Base64; longer ones first. */
export function secretMask(secrets: Iterable<string>): SecretMask {
  const forms = [...secrets]
    .filter((secret) => secret.length >= MIN_LENGTH)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      JSON.stringify(secret).slice(1, -1),
    ]);
  const known = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return (text) => known.reduce((masked, form) => masked.replaceAll(form, MASKED), text);
}
