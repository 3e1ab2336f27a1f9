import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Logger, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROJECT_ROOT } from '../platform/config/project-root';
import { readBuiltFiles, type BuiltFile } from './built-files';

/** What the build writes where the nonce of an answer belongs. */
const NONCE_PLACEHOLDER = /CSP_NONCE/g;

/**
 * Serves the console, the web page that `npm run setup` builds from `console/`. Its addresses are
 * relative and its pages stand behind the `#`, so it works behind any path prefix. Only files of the
 * build have a route: every other path answers as before.
 */
@Module({})
export class ConsoleModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    const files = readBuiltFiles(join(PROJECT_ROOT, 'console', 'dist'));
    const page = files.get('index.html');
    if (!page) {
      new Logger(ConsoleModule.name).warn('The console is not built: run npm run setup');
      return;
    }
    const html = page.identity.toString('utf8');
    server.get('/', (_request, reply) => sendPage(html, reply));
    files.delete('index.html');
    for (const [path, file] of files)
      server.get(`/${path}`, (request, reply) => sendFile(file, request, reply));
  }
}

/** Scripts come from files only. Styles too, but for those that a script makes with the nonce. */
function sendPage(html: string, reply: FastifyReply): FastifyReply {
  const nonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return reply
    .header('content-security-policy', policy)
    .type('text/html; charset=utf-8')
    .send(html.replace(NONCE_PLACEHOLDER, nonce));
}

/** The name of a file carries a hash of its content, so it may be kept for ever. */
function sendFile(file: BuiltFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find(
    (name) => file[name] && new RegExp(`\\b${name}\\b`).test(accepted),
  );
  if (encoding) void reply.header('content-encoding', encoding);
  return reply
    .header('vary', 'accept-encoding')
    .header('cache-control', 'public, max-age=31536000, immutable')
    .type(file.type)
    .send(encoding ? file[encoding] : file.identity);
}
