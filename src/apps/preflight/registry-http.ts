/** A manifest has a few kilobytes; an answer larger than this is none. */
const MAX_BYTES = 4 * 1024 * 1024;

export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface Question {
  readonly accept: string;
  /** Name of the image, for the token that is asked for. */
  readonly repository: string;
  readonly signal: AbortSignal;
}

/** Only a loopback registry is used without TLS, as the engine does. */
export function isLocal(registry: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry);
}

/**
 * One GET from a registry, with the anonymous token that public ones issue. Null where nothing
 * answers.
 */
export async function getJson(url: string, question: Question): Promise<RegistryAnswer | null> {
  const headers = { accept: question.accept };
  const { signal } = question;
  const first = await fetch(url, { headers, signal }).catch(() => null);
  if (first?.status !== 401) return first && read(first);
  const token = await anonymousToken(first.headers.get('www-authenticate') ?? '', question);
  if (token === null) return read(first);
  const authorization = `Bearer ${token}`;
  const second = await fetch(url, { headers: { ...headers, authorization }, signal });
  return read(second);
}

/** `Bearer realm="https://auth…",service="registry…",scope="repository:…:pull"`; null for other ways. */
async function anonymousToken(
  challenge: string,
  { repository, signal }: Question,
): Promise<string | null> {
  if (!/^bearer /i.test(challenge)) return null;
  const field = (name: string): string | undefined =>
    new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = field('realm');
  if (!realm || !URL.canParse(realm)) return null;
  const url = new URL(realm);
  if (url.protocol !== 'https:' && !isLocal(url.host)) return null;
  const service = field('service');
  if (service) url.searchParams.set('service', service);
  url.searchParams.set('scope', field('scope') ?? `repository:${repository}:pull`);
  const answer = await fetch(url, { signal }).then(read);
  const { token, access_token: other } = answer.body as { token?: string; access_token?: string };
  return token ?? other ?? null;
}

async function read(response: Response): Promise<RegistryAnswer> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_BYTES) throw new Error('the answer is no manifest');
  }
  return { status: response.status, body: parse(text) };
}

/** An object in any case: what is not JSON says nothing. */
function parse(text: string): unknown {
  try {
    return (JSON.parse(text) as unknown) ?? {};
  } catch {
    return {};
  }
}
