import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readBuiltFiles, type BuiltFile } from './built-files';

/** What the build writes where the nonce of an answer belongs. */
const NONCE_PLACEHOLDER = /CSP_NONCE/g;

/** Icons that Swagger UI brings along, for a server without a console. */
const SWAGGER_ICON = 'docs/favicon-32x32.png';

/**
 * Adds the routes of the console that was built into a folder. Without one `/` leads to Swagger UI.
 *
 * @returns whether there is a console
 */
export function serveConsole(server: FastifyInstance, folder: string): boolean {
  const files = readBuiltFiles(folder);
  const html = files.get('index.html')?.identity.toString('utf8');
  // Relative, for a proxy that puts a path in front.
  server.get('/', (_request, reply) =>
    html === undefined ? reply.redirect('docs') : sendPage(html, reply),
  );
  const icon = [...files].find(([path]) => /\bicon[^/]*\.svg$/.test(path))?.[1];
  server.get('/favicon.ico', (request, reply) =>
    icon ? sendFile(icon, request, reply, 'max-age=86400') : reply.redirect(SWAGGER_ICON),
  );
  files.delete('index.html');
  for (const [path, file] of files)
    server.get(`/${path}`, (request, reply) => sendFile(file, request, reply));
  return html !== undefined;
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
function sendFile(
  file: BuiltFile,
  request: FastifyRequest,
  reply: FastifyReply,
  keep = 'max-age=31536000, immutable',
): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find(
    (name) => file[name] && new RegExp(`\\b${name}\\b`).test(accepted),
  );
  if (encoding) void reply.header('content-encoding', encoding);
  return reply
    .header('vary', 'accept-encoding')
    .header('cache-control', `public, ${keep}`)
    .type(file.type)
    .send(encoding ? file[encoding] : file.identity);
}
