import { MAX_SERVICE_FILE_BYTES } from '../../platform/docker/engine-types';
import { domainError } from '../../platform/errors/domain-error';

/** A config or secret is no plain file, or has a size that no Swarm takes. */
export class FileNotForSwarmError extends domainError(
  'conflict',
  (key: string, size: number | null) =>
    size === null
      ? `config 或 secret ${key} 不是应用文件夹中的普通文件。`
      : `config 或 secret ${key} 有 ${size} 字节：Swarm 只接受 1 到 ${MAX_SERVICE_FILE_BYTES} 字节。`,
  (key, size) =>
    size === null
      ? `The config or secret ${key} is no plain file in the app's folder.`
      : `The config or secret ${key} has ${size} bytes: a Swarm takes 1 to ${MAX_SERVICE_FILE_BYTES}.`,
) {}
