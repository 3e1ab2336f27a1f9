import type Dockerode from 'dockerode';
import type { EngineCall } from './classify-engine-error';
import { imageInPath } from './engine-name';
import { engineCall, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS, type CallOptions } from './engine-call';
import { EngineError, isEngineFailure } from './engine.errors';
import type { ImageDetails } from './engine-types';
import { drainEngineStream, pullImage, type PullOptions } from './image-pull';
import type { RegistryLogin, RegistryLogins } from './registry/registry-logins';

const about = (subject: string): EngineCall => ({ about: 'image', subject });

export interface BuildOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly dockerfile?: string;
  readonly target?: string;
  readonly signal?: AbortSignal;
  /** Silence after which the build is given up; a build step may be long. */
  readonly stallMs?: number;
  readonly onOutput?: (text: string) => void;
}

const BUILD_STALL_MS = 600_000;
const LOGIN_TIMEOUT_MS = 20_000;

/** What may be done to images. Every call throws `EngineError`. */
export class EngineImages {
  constructor(
    private readonly client: Dockerode,
    private readonly logins: RegistryLogins,
  ) {}

  /** The details, or null where the engine does not have it. */
  async find(reference: string, options: CallOptions = {}): Promise<ImageDetails | null> {
    return engineCall(about(reference), { timeoutMs: READ_TIMEOUT_MS, ...options }, () =>
      this.client.getImage(imageInPath(reference)).inspect(),
    ).catch((error: unknown) => {
      if (isEngineFailure(error, 'image-not-found')) return null;
      throw error;
    });
  }

  /** Asks the registry whether it accepts a login. @throws EngineError `registry-login-wrong`, `registry-unreachable` … */
  async logIn(login: RegistryLogin): Promise<void> {
    const { serveraddress: subject } = login;
    await engineCall({ about: 'image', subject }, { timeoutMs: LOGIN_TIMEOUT_MS }, () =>
      this.client.checkAuth(login),
    ).catch((error: unknown) => {
      if (isEngineFailure(error, 'registry-denied'))
        throw new EngineError('registry-login-wrong', subject, error.engineText, error);
      throw error;
    });
  }

  async pull(reference: string, options: PullOptions = {}): Promise<void> {
    await pullImage(this.client, reference, await this.logins.find(reference), options);
  }

  /** Builds from a tar of the context; the result is tagged `tag`. */
  async build(
    context: NodeJS.ReadableStream | Buffer,
    tag: string,
    options: BuildOptions = {},
  ): Promise<void> {
    const registryconfig = await this.logins.byAddress();
    await drainEngineStream(
      (abortSignal) =>
        this.client.buildImage(
          context as NodeJS.ReadableStream,
          {
            t: tag,
            rm: true,
            forcerm: true,
            ...(options.dockerfile ? { dockerfile: options.dockerfile } : {}),
            ...(options.target ? { target: options.target } : {}),
            ...(options.labels ? { labels: { ...options.labels } } : {}),
            ...(options.buildArgs ? { buildargs: { ...options.buildArgs } } : {}),
            registryconfig,
            abortSignal,
          } as Dockerode.ImageBuildOptions,
        ),
      { about: 'build', subject: tag },
      { signal: options.signal, stallMs: options.stallMs ?? BUILD_STALL_MS },
      (line) => {
        if (line.stream) options.onOutput?.(line.stream);
        return true;
      },
    );
  }

  /** Loads a `docker save` archive; returns the references that it brought. */
  async load(
    archive: NodeJS.ReadableStream,
    options: Pick<PullOptions, 'signal' | 'stallMs'> = {},
  ): Promise<string[]> {
    const loaded: string[] = [];
    await drainEngineStream(
      (abortSignal) => this.client.loadImage(archive, { abortSignal }),
      about('archive'),
      options,
      (line) => {
        const match = /^Loaded image(?: ID)?: (\S+)/.exec(line.stream ?? '');
        if (match?.[1]) loaded.push(match[1]);
        return true;
      },
    );
    return loaded;
  }

  async tag(reference: string, repo: string, tag: string): Promise<void> {
    await engineCall(about(reference), { timeoutMs: WRITE_TIMEOUT_MS }, (abortSignal) =>
      this.client.getImage(imageInPath(reference)).tag({ repo, tag, abortSignal }),
    );
  }

  /** Removes the reference; gone already counts as done, in use throws `image-in-use`. */
  async remove(reference: string, options: CallOptions = {}): Promise<void> {
    await engineCall(about(reference), { timeoutMs: WRITE_TIMEOUT_MS, ...options }, (abortSignal) =>
      this.client.getImage(imageInPath(reference)).remove({ abortSignal }),
    ).catch((error: unknown) => {
      if (!isEngineFailure(error, 'image-not-found')) throw error;
    });
  }
}
