/** An image reference in the two parts that the engine's pull call takes. */
export interface ImageReference {
  /** Name with the registry where there is one, without tag or digest. */
  readonly name: string;
  /** Tag or `sha256:…` digest; `latest` where the reference has neither. */
  readonly tag: string;
}

/**
 * Splits `registry:5000/name:tag@digest`. A digest wins over a tag, as in the engine. Without
 * either the tag is `latest`: an empty tag would make the engine pull every tag there is.
 */
export function parseImageReference(reference: string): ImageReference {
  const [beforeDigest = '', digest] = reference.split('@', 2);
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  if (digest) return { name, tag: digest };
  return { name, tag: hasTag ? beforeDigest.slice(colon + 1) : 'latest' };
}
