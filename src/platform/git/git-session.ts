import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild, type ChildOptions, type ChildResult } from '../processes/child-process';
import { onAbort } from '../waiting/on-abort';
import { FetchGate } from './fetch-gate';
import { classifyGitFailure } from './git-failure';
import { FetchTimeoutError } from './git.errors';

export interface GitLimits {
  /** Of what comes in, and of each file that is written. */
  readonly maxBytes: number;
  /** For everything that is done in one session. */
  readonly seconds: number;
  /** Blocks that may be reached although they are not public. */
  readonly networks: readonly string[];
  /** Certificates (PEM) of further authorities. */
  readonly caFile: string | null;
}

const PATH = '/usr/local/bin:/usr/bin:/bin';
/** Where the certificates of the system are (Debian, Red Hat). */
const SYSTEM_CERTIFICATES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
];
/** Address space: a pack is mapped in windows, see the configuration. */
const MAX_MEMORY = 2 * 1024 ** 3;
/** A server that sends less than a byte a second for so long stands still. */
const STALL_SECONDS = 60;
/** Progress that `git fetch` needs for itself: its own files, beside the pack. */
const SPARE_BYTES = 1024 * 1024;

/**
 * Runs git on a repository that is thrown away afterwards: with no configuration but its own, nothing of our
 * environment, no way out but through a gate, and limits of time, memory, processor and size.
 */
export class GitSession {
  private constructor(
    /** An empty folder, removed at the end. */
    readonly folder: string,
    private readonly gate: FetchGate,
    private readonly limits: GitLimits,
    private readonly signal: AbortSignal,
  ) {}

  /** @param parent folder in which the session has its own; on the file system of what it makes */
  static async run<T>(
    parent: string,
    limits: GitLimits,
    signal: AbortSignal,
    work: (session: GitSession) => Promise<T>,
  ): Promise<T> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(parent, SESSION_PREFIX));
    const gate = await FetchGate.open(limits);
    const timeout = AbortSignal.timeout(limits.seconds * 1000);
    const ends = AbortSignal.any([signal, timeout]);
    const stopListening = onAbort(ends, () => void gate.close());
    try {
      const config = configuration(gate.url, await certificates(folder, limits.caFile));
      await writeFile(join(folder, '.gitconfig'), config, { mode: 0o600 });
      return await work(new GitSession(folder, gate, limits, ends));
    } catch (error) {
      if (timeout.aborted && !signal.aborted) throw new FetchTimeoutError();
      throw error;
    } finally {
      stopListening();
      await gate.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  get repository(): string {
    return join(this.folder, 'repository');
  }

  /**
   * @param ref for the text of a failure only
   * @throws DomainError from `git.errors.ts`; the abort reason
   */
  async git(
    args: readonly string[],
    ref = '',
    options: Pick<ChildOptions, 'onLine' | 'keepOutput'> & {
      readonly environment?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<ChildResult> {
    const { maxBytes, seconds } = this.limits;
    const bounds = [
      `--fsize=${maxBytes + SPARE_BYTES}`,
      `--as=${MAX_MEMORY}`,
      `--cpu=${seconds}`,
      '--core=0',
    ];
    const { environment, signal, ...rest } = options;
    const result = await runChild('prlimit', [...bounds, '--', 'git', ...args], {
      ...rest,
      cwd: this.folder,
      signal: signal ? AbortSignal.any([this.signal, signal]) : this.signal,
      environment: {
        PATH,
        LC_ALL: 'C.UTF-8',
        // Not the variables of git 2.32 for its configuration: an older one would not heed them.
        HOME: this.folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_ATTR_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_ASKPASS: '/bin/false',
        GIT_DIR: this.repository,
        ...environment,
      },
    });
    if (result.code === 0) return result;
    throw classifyGitFailure(result.code, result.errors, this.gate.refusal, ref);
  }
}

/** First part of the names of sessions' folders. */
export const SESSION_PREFIX = '.session-';

function configuration(proxy: string, caFile: string | null): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    protocol: { allow: 'never', version: '2' },
    'protocol "https"': { allow: 'always' },
    http: {
      proxy,
      proxyAuthMethod: 'basic',
      followRedirects: 'false',
      lowSpeedLimit: '1',
      lowSpeedTime: String(STALL_SECONDS),
      sslVerify: 'true',
      ...(caFile === null ? {} : { sslCAInfo: caFile }),
    },
    core: {
      hooksPath: '/dev/null',
      attributesFile: '/dev/null',
      excludesFile: '/dev/null',
      symlinks: 'false',
      autocrlf: 'false',
      fsmonitor: 'false',
      quotePath: 'false',
      askPass: '/bin/false',
      // What is mapped or held at a time; larger files are streamed.
      packedGitWindowSize: '16m',
      packedGitLimit: '256m',
      bigFileThreshold: '8m',
    },
    credential: { helper: '' },
    transfer: { fsckObjects: 'true', bundleURI: 'false' },
    // One file, so that the limit of a file is that of the pack.
    fetch: { unpackLimit: '1', recurseSubmodules: 'false', writeCommitGraph: 'false' },
    submodule: { recurse: 'false' },
    pack: { threads: '1' },
    gc: { auto: '0' },
    maintenance: { auto: 'false' },
    safe: { directory: '*', bareRepository: 'all' },
    init: { defaultBranch: 'none' },
    advice: { detachedHead: 'false' },
  };
  return Object.entries(sections)
    .map(([section, keys]) => [
      `[${section}]`,
      ...Object.entries(keys).map(([key, value]) => `\t${key} = ${quoted(value)}`),
    ])
    .flat()
    .concat('')
    .join('\n');
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** One file with the authorities of the system and the further ones; null: those of the system. */
async function certificates(folder: string, caFile: string | null): Promise<string | null> {
  if (caFile === null) return null;
  const files = [...SYSTEM_CERTIFICATES, caFile];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const bundle = join(folder, 'certificates.pem');
  await writeFile(bundle, texts.join('\n'));
  return bundle;
}
