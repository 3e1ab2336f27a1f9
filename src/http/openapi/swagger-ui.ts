import { createHash } from 'node:crypto';
import type { SwaggerCustomOptions } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { onSendHookHandler } from 'fastify';

interface BrowserRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
}
interface BrowserResponse {
  readonly url: string;
  readonly obj?: { readonly code?: unknown };
}
declare const window: {
  readonly location: { readonly hash: string; readonly pathname: string };
  readonly history: { replaceState(data: null, title: string, url: string): void };
  readonly sessionStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
  readonly ui: {
    preauthorizeApiKey(scheme: string, value: string): void;
    readonly authActions: { logout(schemes: string[]): void };
  };
};

// The functions run in the browser. They are sent as text, so they use nothing from outside.

/**
 * Keeps the set-up token of the link that `npm start` prints (the library has made a path of the
 * fragment by then), and signs in again after a reload.
 */
function onComplete(): void {
  const setup = /setup-token(?:=|%3D)([0-9a-f]+)$/.exec(window.location.hash)?.[1];
  if (setup) {
    window.sessionStorage.setItem('stackscape-setup-token', setup);
    window.history.replaceState(null, '', window.location.pathname);
  }
  const token = window.sessionStorage.getItem('stackscape-token');
  if (token) setTimeout(() => window.ui.preauthorizeApiKey('token', token));
}

function requestInterceptor(request: BrowserRequest): BrowserRequest {
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
    window.sessionStorage.removeItem('stackscape-token');
    window.ui.authActions.logout(['token', 'bearer']);
  }
  return response;
}

export const SWAGGER_UI: SwaggerCustomOptions = {
  jsonDocumentUrl: 'docs-json',
  yamlDocumentUrl: 'docs-yaml',
  customSiteTitle: 'StackScape API',
  swaggerOptions: {
    docExpansion: 'none',
    filter: true,
    operationsSorter: 'alpha',
    onComplete,
    requestInterceptor,
    responseInterceptor,
  },
};

/** Of a style attribute that the library itself sets; the browser test reports a new one. */
const LIBRARY_STYLE_HASH = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/** Admits the styles in the page of Swagger UI by their hashes, and nothing else inline. */
export function admitSwaggerStyles(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => {
      if (/^\/docs(\/(index\.html)?)?$/.test(route.url)) route.onSend = addStyleHashes;
    });
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
