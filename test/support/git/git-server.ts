import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { selfSigned, type Certificate } from '../certificate';

/** What the server does instead of answering. */
export type Misbehaviour =
  | { readonly kind: 'stall'; readonly on: 'refs' | 'pack' }
  | { readonly kind: 'damage' }
  | { readonly kind: 'status'; readonly status: number; readonly location?: string };

const GIT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.org',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.org',
};

/** A real git server (`git http-backend`) with TLS on a loopback address. */
export class GitServer {
  misbehaviour: Misbehaviour | null = null;
  requests = 0;

  private constructor(
    private readonly folder: string,
    private readonly server: Server,
    /** Certificate of the server, for who is to trust it. */
    readonly caFile: string,
  ) {}

  /** @param certificate made beforehand, for who must know it before there is a server */
  static async start(certificate?: Certificate): Promise<GitServer> {
    const folder = await mkdtemp(join(tmpdir(), 'git-server-'));
    const { certFile, keyFile } = certificate ?? selfSigned(folder);
    const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const server = createServer(tls, (request, response) => sut.answer(request, response));
    const sut: GitServer = new GitServer(folder, server, certFile);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return sut;
  }

  get origin(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  repository(name: string): GitRepository {
    return new GitRepository(join(this.folder, `${name}.git`), () => `${this.origin}/${name}.git`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.folder, { recursive: true, force: true });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    const url = new URL(request.url ?? '/', this.origin);
    const isPack = request.method === 'POST';
    const wrong = this.misbehaviour;
    if (wrong?.kind === 'status') {
      response.writeHead(wrong.status, wrong.location ? { location: wrong.location } : {}).end();
      return;
    }
    if (wrong?.kind === 'stall' && (wrong.on === 'pack') === isPack) return;
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...GIT,
        GIT_PROJECT_ROOT: this.folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: decodeURIComponent(url.pathname),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: request.headers['content-length'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(backend.stdin);
    backend.stdin.on('error', () => undefined);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.once('close', () => {
      const whole = Buffer.concat(chunks);
      const end = whole.indexOf('\r\n\r\n');
      const head = whole.subarray(0, end).toString('latin1').split('\r\n');
      const fields = head.map((line) => /^([^:]+): (.*)$/.exec(line) ?? ['', '', '']);
      const status = Number(
        /^\d+/.exec(fields.find(([, name]) => name === 'Status')?.[2] ?? '200')?.[0],
      );
      for (const [, name = '', value = ''] of fields)
        if (name !== '' && name !== 'Status') response.setHeader(name, value);
      const body = whole.subarray(end + 4);
      const isLarge = body.includes('PACK');
      response.writeHead(status).end(wrong?.kind === 'damage' && isLarge ? damaged(body) : body);
    });
  }
}

/** One repository on the server, changed in its work tree and then committed. */
export class GitRepository {
  readonly workTree: string;

  constructor(
    readonly serverFolder: string,
    private readonly urlOf: () => string,
  ) {
    this.workTree = `${serverFolder}.work`;
    mkdirSync(this.workTree, { recursive: true });
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', serverFolder], { env: GIT });
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: this.workTree, env: GIT });
    // What is committed are the bytes of the files, whatever attributes they hold.
    mkdirSync(join(this.workTree, '.git/info'), { recursive: true });
    writeFileSync(join(this.workTree, '.git/info/attributes'), '* -text -filter -ident !working-tree-encoding\n'); // prettier-ignore
  }

  get url(): string {
    return this.urlOf();
  }

  write(files: Readonly<Record<string, string | Buffer | null>>): this {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.workTree, path);
      rmSync(file, { force: true, recursive: true });
      if (content === null) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return this;
  }

  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.workTree, path)), { recursive: true });
    symlinkSync(target, join(this.workTree, path));
    return this;
  }

  /** Commits everything and publishes it under that branch. @returns the commit */
  commit(branch = 'main'): string {
    this.git('add', '-A', '-f');
    this.git('commit', '-q', '--allow-empty', '-m', 'change');
    this.git('push', '-q', '-f', this.serverFolder, `HEAD:refs/heads/${branch}`);
    return this.git('rev-parse', 'HEAD');
  }

  blob(content: string): string {
    return this.withInput(['hash-object', '-w', '--stdin'], content);
  }

  /** @param lines as `git ls-tree` prints them */
  tree(lines: readonly string[]): string {
    return this.withInput(['mktree'], lines.map((line) => `${line}\n`).join(''));
  }

  /** A tree that git itself would not make. */
  rawTree(
    entries: readonly { readonly mode: string; readonly name: string; readonly id: string }[],
  ): string {
    const parts = entries.flatMap(({ mode, name, id }) => [
      Buffer.from(`${mode} ${name}\0`),
      Buffer.from(id, 'hex'),
    ]);
    return this.withInput(
      ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'],
      Buffer.concat(parts),
    );
  }

  private withInput(args: readonly string[], input: string | Buffer): string {
    return execFileSync('git', args, { cwd: this.workTree, env: GIT, input }).toString().trim();
  }

  /** Runs git in the work tree. @returns what it prints */
  git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.workTree, env: GIT, encoding: 'utf8' }).trim();
  }

  /** Runs git in the repository that is served. */
  serverGit(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.serverFolder, env: GIT, encoding: 'utf8' }).trim();
  }
}

/** Some bytes in the middle of the pack are others. */
function damaged(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.indexOf('PACK') + 24;
  for (let index = middle; index < Math.min(middle + 12, copy.length); index++)
    copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}
