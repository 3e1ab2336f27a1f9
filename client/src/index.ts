import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema';

export type { components, paths };

/** A schema of the API by its name, e.g. `Schema<'AppInfoDto'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

export interface ClientOptions {
  /** Where the server answers, e.g. `http://localhost:3000`. */
  readonly baseUrl: string;
  readonly language?: 'zh' | 'en';
  /** Asked before every call; null for calls without a token. */
  readonly accessToken?: () => string | null | Promise<string | null>;
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A typed client: `const { data, error } = await client.GET('/api/v1/user/me')`. */
export function createClient(options: ClientOptions): Client<paths> {
  const client = createFetchClient<paths>({
    baseUrl: options.baseUrl,
    ...(options.fetch ? { fetch: options.fetch } : {}),
    headers: { 'accept-language': options.language ?? 'zh' },
  });
  client.use({
    async onRequest({ request }) {
      const token = await options.accessToken?.();
      if (token) request.headers.set('token', token);
      return request;
    },
  });
  return client;
}

/** The form in which passwords travel: hex(sha256(hex(sha256(plain)))). Needs https or localhost in a browser. */
export async function passwordDigest(plain: string): Promise<string> {
  return sha256(await sha256(plain));
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
