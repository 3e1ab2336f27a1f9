import { createHash } from 'node:crypto';
import { parseImageReference } from '../../platform/docker/image-reference';
import type { RegistryLogin } from '../../platform/docker/registry/registry-logins';

/** A manifest has a few kilobytes; an answer larger than this is none. */
const MAX_BYTES = 4 * 1024 * 1024;

const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Of the manifest, as the registry says; else that of the bytes that came. */
  readonly digest: string;
}

/** Why a registry did not answer the question. */
export type RegistryRefusal =
  /** A login is needed, or it is forbidden. */
  | 'denied'
  /** No such name or tag. */
  | 'unknown'
  /** Too many requests from this address. */
  | 'limited'
  /** It has an internal error. */
  | 'failing'
  /** Nothing answers there, or not in time. */
  | 'unreachable';

interface Descriptor {
  readonly digest?: string;
  readonly size?: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

export interface Manifest {
  /** Of an index: one for each platform. */
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
  readonly config?: Descriptor;
}

interface AskOptions {
  readonly login: RegistryLogin | null;
  readonly signal: AbortSignal;
  /** With HEAD only the digest is asked for, which registries do not count as a pull. */
  readonly method?: 'GET' | 'HEAD';
}

interface Question extends Required<AskOptions> {
  /** Name of the image, for the token that is asked for. */
  readonly repository: string;
}

/**
 * Asks the registry of an image for one of its manifests.
 * @param version a tag or a digest
 */
export async function askManifest(
  reference: string,
  version: string,
  { signal, login, method = 'GET' }: AskOptions,
): Promise<{ manifest: Manifest; digest: string } | { refusal: RegistryRefusal }> {
  const { registry, repository } = parseImageReference(reference);
  for (const scheme of isLocal(registry) ? ['http', 'https'] : ['https']) {
    const url = `${scheme}://${registry}/v2/${repository}/manifests/${version}`;
    const answer = await getJson(url, { repository, login, signal, method });
    if (answer === null) continue; // this scheme is not spoken there
    const { status, digest, body } = answer;
    if (status === 200) return { manifest: body as Manifest, digest };
    if (status === 401 || status === 403) return { refusal: 'denied' };
    if (status === 404) return { refusal: 'unknown' };
    return { refusal: status === 429 ? 'limited' : 'failing' };
  }
  return { refusal: 'unreachable' };
}

/** Of an index: the digest of the manifest for this architecture, in Go's names; null where it has none. */
export function manifestFor({ manifests }: Manifest, architecture: string): string | null {
  const found = manifests?.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  return found?.digest ?? null;
}

/** Only a loopback registry is used without TLS, as the engine does. */
function isLocal(registry: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry);
}

/**
 * One request to a registry, with the login where there is one, or with the token that it issues for that or, as
 * public ones do, for anybody. Null where nothing answers.
 */
async function getJson(url: string, question: Question): Promise<RegistryAnswer | null> {
  const headers = { accept: MEDIA_TYPES };
  const { signal, method } = question;
  const first = await fetch(url, { headers, signal, method }).catch(() => null);
  if (first?.status !== 401) return first && read(first);
  const authorization = await authorizationFor(
    first.headers.get('www-authenticate') ?? '',
    question,
  );
  if (authorization === null) return read(first);
  const second = await fetch(url, { headers: { ...headers, authorization }, signal, method });
  return read(second);
}

/** `Bearer realm="https://auth…",service="registry…",scope="repository:…:pull"` or `Basic …`; null for other ways. */
async function authorizationFor(
  challenge: string,
  { repository, login, signal }: Question,
): Promise<string | null> {
  const { username = '', password } = login ?? {};
  const basic = password
    ? `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    : null;
  if (/^basic /i.test(challenge)) return basic;
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
  const headers = basic ? { authorization: basic } : undefined;
  const answer = await fetch(url, { headers, signal }).then(read);
  const { token, access_token: other } = answer.body as { token?: string; access_token?: string };
  const found = token ?? other;
  return found ? `Bearer ${found}` : null;
}

async function read(response: Response): Promise<RegistryAnswer> {
  let text = '';
  const decoder = new TextDecoder();
  const hash = createHash('sha256');
  for await (const chunk of response.body ?? []) {
    hash.update(chunk as Uint8Array);
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_BYTES) throw new Error('the answer is no manifest');
  }
  const said = response.headers.get('docker-content-digest');
  const digest = said ?? (text === '' ? '' : `sha256:${hash.digest('hex')}`);
  return { status: response.status, body: parse(text), digest };
}

/** An object in any case: what is not JSON says nothing. */
function parse(text: string): unknown {
  try {
    return (JSON.parse(text) as unknown) ?? {};
  } catch {
    return {};
  }
}
