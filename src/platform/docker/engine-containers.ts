import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { statusCodeOf, type EngineCall } from './classify-engine-error';
import { nameInPath } from './engine-name';
import {
  toContainerCondition,
  toContainerStats,
  toContainerSummary,
  toContainerUsage,
} from './container-facts';
import { onAbort } from '../waiting/on-abort';
import { sleep } from '../waiting/sleep';
import { engineCall, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS, type CallOptions } from './engine-call';
import { EngineError, isEngineFailure } from './engine.errors';
import type {
  ContainerCondition,
  ContainerDetails,
  ContainerSpec,
  ContainerStats,
  ContainerSummary,
  ContainerUsage,
  LogLine,
} from './engine-types';
import { endProcessGroup } from '../processes/end-process-group';
import { LogFrames } from './log-frames';
import type { Attachment, LogOptions, WorkloadOptions, Workloads } from './workloads';

const about = (subject: string): EngineCall => ({ about: 'container', subject });

/** How a command in a container ended. */
export interface ExecResult {
  readonly exitCode: number | null;
  /** The last lines of its output, oldest first. */
  readonly lines: readonly string[];
}

const EXEC_LINES_KEPT = 20;

/** What may be done to containers. `ref` is an id or a name; every call throws `EngineError`. */
export class EngineContainers implements Workloads {
  constructor(private readonly client: Dockerode) {}

  /**
   * Every container, stopped ones too, that carries all of the given labels (`key` or `key=value`).
   * One call whatever their number.
   */
  async list(
    labels: readonly string[] = [],
    options: CallOptions = {},
  ): Promise<ContainerSummary[]> {
    const rows = await engineCall(
      about('list'),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) =>
        this.client.listContainers({ all: true, filters: { label: [...labels] }, abortSignal }),
    );
    return rows.map(toContainerSummary);
  }

  async inspect(ref: string, options: CallOptions = {}): Promise<ContainerDetails> {
    return engineCall(about(ref), { timeoutMs: READ_TIMEOUT_MS, ...options }, (abortSignal) =>
      this.client.getContainer(nameInPath(ref)).inspect({ abortSignal }),
    );
  }

  /** The details, or null where no container has that name or id. */
  async find(ref: string, options: CallOptions = {}): Promise<ContainerDetails | null> {
    return this.inspect(ref, options).catch((error: unknown) => {
      if (isEngineFailure(error, 'container-not-found')) return null;
      throw error;
    });
  }

  async condition(ref: string, options: CallOptions = {}): Promise<ContainerCondition> {
    return toContainerCondition(await this.inspect(ref, options));
  }

  /** Returns the id. The name is unique on the engine: `name-taken` when it is in use. */
  async create(
    name: string,
    spec: ContainerSpec,
    options: Pick<WorkloadOptions, 'platform' | 'timeoutMs' | 'signal'> = {},
  ): Promise<string> {
    const query = options.platform ? { name, platform: options.platform } : { name };
    const container = await engineCall(
      { ...about(name), changes: true },
      { timeoutMs: WRITE_TIMEOUT_MS, ...options },
      (abortSignal) =>
        // Query and body apart: the library would otherwise repeat the whole spec, passwords
        // included, in the URL.
        this.client.createContainer({
          _query: query,
          _body: spec,
          abortSignal,
        } as Dockerode.ContainerCreateOptions),
    );
    return container.id;
  }

  /** One call for each network, as API 1.41 takes one at create only. Attached already counts as done. */
  async attach(
    ref: string,
    networks: readonly Attachment[],
    options: CallOptions = {},
  ): Promise<void> {
    for (const { network, endpoint } of networks) {
      const call = { about: 'network', subject: network } as const;
      await engineCall(call, { timeoutMs: WRITE_TIMEOUT_MS, ...options }, async () => {
        try {
          await this.client
            .getNetwork(nameInPath(network))
            .connect({ Container: ref, EndpointConfig: endpoint });
        } catch (error) {
          if (!/already (exists|attached)/i.test(String((error as Error).message))) throw error;
        }
      });
    }
  }

  /** Started already counts as done. Conflicts of ports and missing networks show only here. */
  async start(ref: string, options: CallOptions = {}): Promise<void> {
    await this.changing(ref, options, (c, abortSignal) => c.start({ abortSignal }));
  }

  /** Nothing to wait for: `start` resolves when it runs. */
  async untilStarted(): Promise<void> {}

  /** Asks with TERM, kills after `graceSeconds`. Stopped already, or gone, counts as done. */
  async stop(ref: string, graceSeconds: number, options: CallOptions = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? (graceSeconds + 30) * 1000;
    await this.changing(ref, { ...options, timeoutMs }, (c, abortSignal) =>
      c.stop({ t: graceSeconds, abortSignal }),
    );
  }

  async kill(ref: string, signal = 'SIGKILL', options: CallOptions = {}): Promise<void> {
    await this.changing(ref, options, (c, abortSignal) => c.kill({ signal, abortSignal }));
  }

  /**
   * Removes the container with its anonymous volumes, killing it first if it runs. Gone already
   * counts as done; a removal in progress is waited for by asking again.
   */
  async remove(ref: string, options: CallOptions = {}): Promise<void> {
    await this.changing(ref, options, (c, abortSignal) =>
      c.remove({ force: true, v: true, abortSignal } as Dockerode.ContainerRemoveOptions),
    ).catch((error: unknown) => {
      if (isEngineFailure(error, 'container-not-found')) return;
      if (statusCodeOf((error as Error).cause) === 409) return this.waitUntilGone(ref, options);
      throw error;
    });
  }

  async rename(ref: string, name: string, options: CallOptions = {}): Promise<void> {
    await this.changing(ref, options, (c, abortSignal) => c.rename({ name, abortSignal }));
  }

  containerHere(ref: string): Promise<string> {
    return Promise.resolve(ref);
  }

  /** Current use; the engine samples it for a second or two. */
  async stats(ref: string, options: CallOptions = {}): Promise<ContainerStats> {
    const raw = await engineCall(about(ref), { timeoutMs: READ_TIMEOUT_MS, ...options }, () =>
      this.client.getContainer(nameInPath(ref)).stats({ stream: false }),
    );
    return toContainerStats(raw);
  }

  /** Counters of this moment, after up to a second; unlike `stats` without a second sample. */
  async usage(ref: string, options: CallOptions = {}): Promise<ContainerUsage> {
    const raw = await engineCall(
      about(ref),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) => {
        const query = { stream: false as const, 'one-shot': true, abortSignal };
        return this.client.getContainer(nameInPath(ref)).stats(query);
      },
    );
    return toContainerUsage(raw);
  }

  /** The log so far, oldest line first, at most `tail` lines. */
  async logs(ref: string, log: LogOptions, options: CallOptions = {}): Promise<LogLine[]> {
    const details = await this.inspect(ref, options);
    const body = await engineCall(
      about(ref),
      { timeoutMs: WRITE_TIMEOUT_MS, ...options },
      (abortSignal) =>
        this.client.getContainer(nameInPath(ref)).logs({
          ...this.logQuery(log),
          follow: false,
          abortSignal,
        } as Dockerode.ContainerLogsOptions & { follow: false }),
    );
    const frames = new LogFrames(details.Config.Tty);
    // An empty log comes back as an empty text where a buffer is promised.
    return [...frames.push(Buffer.from(body)), ...frames.end()];
  }

  /** Hands over log lines as they come, until the container ends or the signal says stop. */
  async followLogs(
    ref: string,
    log: LogOptions,
    signal: AbortSignal,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    const details = await this.inspect(ref, { signal });
    const stream = await engineCall(about(ref), { timeoutMs: 2 ** 31 - 1, signal }, () =>
      this.client.getContainer(nameInPath(ref)).logs({
        ...this.logQuery(log),
        follow: true,
        abortSignal: signal,
      } as Dockerode.ContainerLogsOptions & { follow: true }),
    );
    const frames = new LogFrames(details.Config.Tty);
    try {
      for await (const chunk of stream) {
        for (const line of frames.push(chunk as Buffer)) onLine(line);
      }
      for (const line of frames.end()) onLine(line);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /**
   * Runs a command in a running container, as the user and with the environment of the container. A run of the
   * same command that is left there is ended first; one that takes too long is ended with its process group
   * where the engine is on this machine.
   * @throws `engine-timeout` after `timeoutMs`, or the reason of the signal
   */
  async exec(
    ref: string,
    command: readonly string[],
    { timeoutMs, signal }: Required<Pick<CallOptions, 'timeoutMs'>> & CallOptions,
  ): Promise<ExecResult> {
    const { Id: id, ExecIDs: left } = (await this.inspect(ref)) as ContainerDetails & {
      readonly ExecIDs?: readonly string[] | null;
    };
    for (const execId of left ?? []) await this.endExec(id, execId, command);
    const call = { ...about(ref), changes: true } as const;
    let execId = '';
    try {
      return await engineCall(call, { timeoutMs, ...(signal ? { signal } : {}) }, async (abort) => {
        const exec = await this.client.getContainer(nameInPath(ref)).exec({
          Cmd: [...command],
          AttachStdout: true,
          AttachStderr: true,
          abortSignal: abort,
        });
        execId = exec.id;
        const stream = await exec.start({ abortSignal: abort });
        const lines = await lastLines(stream, abort);
        const { ExitCode: exitCode } = await exec.inspect({ abortSignal: abort });
        return { exitCode, lines };
      });
    } catch (error) {
      if (execId !== '') await this.endExec(id, execId).catch(() => undefined);
      throw error;
    }
  }

  /** @param command only where it runs this one */
  private async endExec(id: string, execId: string, command?: readonly string[]): Promise<void> {
    const options = { timeoutMs: READ_TIMEOUT_MS };
    const found = await engineCall(about(id), options, (abortSignal) =>
      this.client.getExec(nameInPath(execId)).inspect({ abortSignal }),
    ).catch(() => null);
    if (!found?.Running) return;
    const { entrypoint, arguments: words = [] } = found.ProcessConfig;
    if (command && JSON.stringify([entrypoint, ...words]) !== JSON.stringify(command)) return;
    await endProcessGroup(found.Pid, id);
  }

  private logQuery(log: LogOptions): Record<string, unknown> {
    return {
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(log.tail === undefined ? {} : { tail: log.tail }),
      ...(log.since === undefined ? {} : { since: log.since.getTime() / 1000 }),
    };
  }

  private async changing(
    ref: string,
    options: CallOptions,
    run: (container: Dockerode.Container, abortSignal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    await engineCall(
      { ...about(ref), changes: true },
      { timeoutMs: WRITE_TIMEOUT_MS, ...options },
      async (abortSignal) => {
        try {
          await run(this.client.getContainer(nameInPath(ref)), abortSignal);
        } catch (error) {
          if (statusCodeOf(error) !== 304) throw error;
        }
      },
    );
  }

  private async waitUntilGone(ref: string, options: CallOptions): Promise<void> {
    const deadline = Date.now() + (options.timeoutMs ?? WRITE_TIMEOUT_MS);
    while (await this.find(ref, options)) {
      if (Date.now() > deadline) throw new EngineError('container-not-stopping', ref);
      await sleep(50, options.signal);
    }
  }
}

async function lastLines(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<string[]> {
  const frames = new LogFrames(false);
  const kept: string[] = [];
  const keep = (lines: readonly LogLine[]): void => {
    kept.push(...lines.map(({ text }) => text).filter((text) => text.trim() !== ''));
    kept.splice(0, kept.length - EXEC_LINES_KEPT);
  };
  const stopListening = onAbort(signal, () => (stream as Readable).destroy());
  try {
    for await (const chunk of stream) keep(frames.push(chunk as Buffer));
    keep(frames.end());
    return kept;
  } finally {
    stopListening();
  }
}
