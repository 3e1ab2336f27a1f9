import { EngineError } from './engine.errors';
import { isImageReference } from './image-reference';

/**
 * The name or id of a container, network or volume as part of a path of the engine's API.
 * @throws EngineError `name-invalid`: a name such as `../x` would be another call
 */
export function nameInPath(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw new EngineError('name-invalid', name);
  return encodeURIComponent(name);
}

/**
 * The reference or id of an image as part of a path of the engine's API.
 * @throws EngineError `image-reference-bad`
 */
export function imageInPath(reference: string): string {
  if (!isImageReference(reference) && !/^(sha256:)?[0-9a-f]{12,64}$/.test(reference)) {
    throw new EngineError('image-reference-bad', reference);
  }
  return reference;
}
