import { parseImageReference } from '../../platform/docker/image-reference';
import type { ResolvedImage } from '../compose/resolve/resolved-app';

/** An image whose tag may come to stand for another one. */
export interface TaggedImage {
  readonly reference: string;
  /** In Go's names. */
  readonly architecture: string;
}

/** @param architecture of the engine, in Go's names */
export function taggedImage(
  { reference, platform }: Pick<ResolvedImage, 'reference' | 'platform'>,
  architecture: string,
): TaggedImage {
  return { reference, architecture: platform?.split('/')[1] ?? architecture };
}

/** One key for each. */
export function checkKey({ reference, architecture }: TaggedImage): string {
  return `${reference} ${architecture}`;
}

/** A reference with a digest stands for one image for ever. */
export function canMove(reference: string): boolean {
  return parseImageReference(reference).digest === null;
}
