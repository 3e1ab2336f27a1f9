import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SwaggerModule, type OpenAPIObject, type SwaggerCustomOptions } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { onSendHookHandler } from 'fastify';

interface BrowserRequest {
  url: string;
  readonly headers: Record<string, string>;
}
interface BrowserResponse {
  readonly url: string;
  readonly obj?: { readonly code?: unknown };
}
declare const window: {
  readonly location: {
    readonly href: string;
    readonly origin: string;
    readonly pathname: string;
  };
  readonly document: { readonly documentElement: { readonly lang: string } };
  dispatchEvent(event: object): void;
  readonly sessionStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
  };
  readonly ui: {
    readonly authActions: { logout(schemes: string[]): void };
  };
};

// The functions run in the browser. They are sent as text, so they use nothing from outside.

/** The document is shown: the form may fill a token in. A timer, because the library is still in its call. */
function onComplete(): void {
  setTimeout(() => window.dispatchEvent(new Event('stackscape-ready')));
}

/** Asks in the language of the page, and below the path that a proxy has put in front of it. */
function requestInterceptor(request: BrowserRequest): BrowserRequest {
  const prefix = window.location.pathname.replace(/\/docs(\/.*)?$/, '');
  const url = new URL(request.url, window.location.href);
  if (url.origin === window.location.origin && !url.pathname.startsWith(`${prefix}/`)) {
    url.pathname = prefix + url.pathname;
    request.url = url.href;
  }
  request.headers['accept-language'] ??= window.document.documentElement.lang;
  const setup = window.sessionStorage.getItem('stackscape-setup-token');
  if (setup && request.url.endsWith('/api/v1/user/register'))
    request.headers['setup-token'] ??= setup;
  const token = request.headers['token'];
  if (token) window.sessionStorage.setItem('stackscape-token', token);
  return request;
}

/** Forgets the access token with its session: after signing out, a ban, or when it has expired. */
function responseInterceptor(response: BrowserResponse): BrowserResponse {
  const code = response.obj?.code;
  if (
    code === 40001 ||
    code === 40002 ||
    code === 60102 ||
    (code === 20000 && response.url.endsWith('/api/v1/user/logout'))
  ) {
    window.ui.authActions.logout(['token', 'bearer']);
    window.dispatchEvent(new Event('stackscape-signed-out'));
  }
  return response;
}

const read = (name: string): string => readFileSync(join(__dirname, name), 'utf8');

const SWAGGER_UI: SwaggerCustomOptions = {
  jsonDocumentUrl: 'docs-json',
  yamlDocumentUrl: 'docs-yaml',
  customSiteTitle: 'StackScape API',
  customCss: read('sign-in.css'),
  customJs: './docs/sign-in.js',
  swaggerOptions: {
    docExpansion: 'none',
    deepLinking: true,
    filter: true,
    operationsSorter: 'alpha',
    onComplete,
    requestInterceptor,
    responseInterceptor,
  },
};

/** Of a style attribute that the library itself sets; the browser test reports a new one. */
const LIBRARY_STYLE_HASH = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/**
 * Serves Swagger UI at `/docs` with a sign-in form, and the document that `build` makes. The styles
 * in the page are admitted by their hashes, and nothing else inline.
 */
export function serveSwaggerUi(app: NestFastifyApplication, build: () => OpenAPIObject): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', (route) => {
    if (/^\/docs(\/(index\.html)?)?$/.test(route.url)) route.onSend = addStyleHashes;
  });
  const script = read('sign-in.js');
  // The second is where the page's relative address leads to from `/docs/`.
  for (const path of ['/docs/sign-in.js', '/docs/docs/sign-in.js'])
    server.get(path, (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(script),
    );
  SwaggerModule.setup('docs', app, build, SWAGGER_UI);
}

const addStyleHashes: onSendHookHandler = (_request, reply, payload, done) => {
  const styles = String(payload).matchAll(/<style>([^]*?)<\/style>|\bstyle="([^"]*)"/g);
  const hashes = [...styles].map(
    ([, block, attribute]) =>
      `'sha256-${createHash('sha256')
        .update(block ?? attribute ?? '')
        .digest('base64')}'`,
  );
  // The keyword extends hashes to style attributes.
  const sources = ["'self'", "'unsafe-hashes'", LIBRARY_STYLE_HASH, ...hashes].join(' ');
  const policy = String(reply.getHeader('content-security-policy'));
  void reply.header(
    'content-security-policy',
    policy.replace(/style-src [^;]+/, `style-src ${sources}`),
  );
  done(null, payload);
};
