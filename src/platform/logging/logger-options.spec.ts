import { Writable } from 'node:stream';
import pino from 'pino';
import { prettyFactory, type PrettyOptions } from 'pino-pretty';
import { QueryFailedError } from 'typeorm';
import { loggerOptions } from './logger-options';
import { currentRequestId, traceJob, traceRequest } from './request-trace';

function logger(logLevel: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const options = loggerOptions({ logLevel, logPretty: false });
  return { sut: pino(options, sink), lines };
}

describe(loggerOptions.name, () => {
  it('redacts secrets at every logged depth', () => {
    const { sut, lines } = logger();
    sut.info({ password: 'hush', a: { token: 'hush', b: { refresh_token: 'hush' } } }, 'x');
    sut.info({ req: { id: '1', method: 'GET', url: '/a?token=hush', headers: { token: 'hush' } } });
    sut.info('connecting to mysql://root:hush@db:3306/x and redis://:hush@127.0.0.1/0');
    const failed = new QueryFailedError('INSERT INTO users VALUES (?)', ['hush'], new Error('dup'));
    sut.error({ err: failed }, 'failed');
    sut.error(failed);
    expect(lines).toHaveLength(5);
    expect(lines.join('')).not.toContain('hush');
    expect(lines[0]).toContain('"password":"[redacted]"');
    expect(lines[2]).toContain('mysql://root:[redacted]@db:3306/x');
    expect(lines[3]).toContain('dup');
    expect(lines[3]).toContain('"stack"');
  });

  it('shows method, path, status and milliseconds of a request in one line on a terminal', () => {
    const { transport } = loggerOptions({ logLevel: 'info', logPretty: true });
    const { options } = transport as { options: PrettyOptions };
    const show = prettyFactory({ ...options, colorize: false });
    const request = { requestId: 'r', method: 'GET', path: '/searchServer', status: 403, ms: 1.25 };
    const { sut, lines } = logger();
    sut.info(request, 'request completed');
    sut.info({ context: 'Engine' }, 'ready');
    expect(lines.map((line) => show(line).replace(/^\[.*?\] /, ''))).toEqual([
      'INFO: request completed: GET /searchServer 403 in 1.25 ms\n',
      'INFO: [Engine] ready\n',
    ]);
  });

  it('logs framework start-up lines at debug level', () => {
    for (const [level, expected] of [
      ['info', 1],
      ['debug', 2],
    ] as const) {
      const { sut, lines } = logger(level);
      sut.info({ context: 'RouterExplorer' }, 'Mapped {/x, GET} route');
      sut.info({ context: 'RiskAuditor' }, 'something');
      expect(lines).toHaveLength(expected);
    }
  });

  it('adds the request id to the log lines of a job', async () => {
    const { sut, lines } = logger();
    let carried: string | undefined;
    traceRequest('request-1', () => {
      carried = currentRequestId();
      sut.info('in the request');
    });
    await traceJob(carried, async () => {
      await Promise.resolve();
      sut.info('in the job');
    });
    traceJob(undefined, () => sut.info('on its own'));
    expect(lines.map((line) => (JSON.parse(line) as { requestId?: string }).requestId)).toEqual([
      'request-1',
      'request-1',
      undefined,
    ]);
  });
});
