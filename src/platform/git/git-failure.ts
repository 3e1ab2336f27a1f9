import type { DomainError } from '../errors/domain-error';
import type { GateRefusal } from './fetch-gate';
import {
  AddressNotAllowedError,
  CertificateRefusedError,
  FetchTimeoutError,
  GitDiskFullError,
  GitMissingError,
  GitServerAwayError,
  RefGoneError,
  RepositoryDamagedError,
  RepositoryMovedError,
  RepositoryNotPublicError,
  RepositoryTooLargeError,
  UnknownHostError,
} from './git.errors';

/** What `setpriv` and `prlimit` end with where the program is not there. */
const NOT_FOUND = 127;
const MAX_SAID = 200;

/** What git said that stands for each failure, the first that fits. */
const SAID: readonly (readonly [RegExp, (said: string, ref: string) => DomainError])[] = [
  [/No space left|Disk quota exceeded/i, () => new GitDiskFullError()],
  [/ended by SIGXFSZ|File too large|file size limit/i, () => new RepositoryTooLargeError()],
  [/ended by SIGXCPU|Operation too slow|timed? ?out/i, () => new FetchTimeoutError()],
  [
    /not our ref|unadvertised object|couldn't find remote ref|does not point to a commit/i,
    (_said, ref) => new RefGoneError(ref),
  ],
  [/redirect|returned error: 30\d/i, () => new RepositoryMovedError()],
  [
    /returned error: (401|403|404|410)|could not read Username|Authentication failed|' not found/i,
    () => new RepositoryNotPublicError(),
  ],
  [/certificate|SSL|TLS/i, () => new CertificateRefusedError()],
  [
    /fsck|index-pack|unpack|inflate|corrupt|bad (object|pack|tree|line)|invalid|malformed|checksum|SHA1|out of memory|protocol error|bad header|unexpected flush|did not send/i,
    (said) => new RepositoryDamagedError(said),
  ],
];

/** What a git that failed has met, by its exit code, its words (English) and the gate that it went through. */
export function classifyGitFailure(
  code: number | null,
  errors: string,
  refusal: GateRefusal | null,
  ref: string,
): DomainError {
  if (code === NOT_FOUND) return new GitMissingError();
  if (refusal === 'address') return new AddressNotAllowedError();
  if (refusal === 'name') return new UnknownHostError();
  if (refusal === 'size') return new RepositoryTooLargeError();
  const said = wordsOf(errors);
  const found = SAID.find(([pattern]) => pattern.test(errors));
  return found ? found[1](said, ref) : new GitServerAwayError(said);
}

/** The first complaint, without what is only known to us. */
function wordsOf(errors: string): string {
  const lines = errors.split('\n').filter((line) => /^(fatal|error|remote):/.test(line));
  const line = lines.find((one) => !one.startsWith('remote:')) ?? lines[0] ?? errors.trim();
  return line
    .replace(/^(fatal|error|remote):\s*/, '')
    .replace(/http:\/\/stackscape:[^@]*@/g, '')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, MAX_SAID);
}
