import { EngineError, type EngineFailure } from './engine.errors';

/** What the failed call was about; some texts mean different things for different calls. */
export interface EngineCall {
  readonly about: 'engine' | 'container' | 'image' | 'network' | 'volume' | 'build' | 'service';
  /** Name for the message: an image reference, a container or network name. */
  readonly subject: string;
  /** It may change containers, whether it succeeds or not. */
  readonly changes?: true;
}

interface RawEngineError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly text: string;
}

/** First match wins. Texts are those of the engines 20.10 to 28 and of containerd's resolver. */
const byText: readonly (readonly [RegExp, EngineFailure])[] = [
  // What calls that are under way get while the engine goes down.
  [
    /failed to update store for object type|server is shutting down|daemon is shutting down|transport is closing|containerd.*(connection refused|context canceled)|grpc: the client connection is closing/i,
    'engine-unreachable',
  ],
  [
    /swarm does not have a leader|lost quorum|too few managers are online|has trouble connecting to the cluster/i,
    'swarm-without-majority',
  ],
  // What changes that are under way get while the leader of the managers changes.
  [
    /node lost leader status|raft: .*node is stopped|raft: no elected cluster leader|raft: node is not yet part of a raft cluster/i,
    'swarm-without-majority',
  ],
  [/not a swarm manager|not part of a swarm|not connected to a swarm/i, 'not-a-manager'],
  [/no space left on device|disk quota exceeded/i, 'disk-full'],
  [
    /port is already allocated|address already in use|failed to bind host port|ports are not available|cannot assign requested address/i,
    'port-taken',
  ],
  [/no matching manifest for|does not match the specified platform/i, 'platform-mismatch'],
  [/manifest .*(unknown|not found)|not found: manifest unknown/i, 'tag-unknown'],
  [
    /pull access denied|unauthorized|authentication required|no basic auth credentials|incorrect username or password|denied: requested access|(^|- )denied\s*$|parsing HTTP 40[13] response|\b40[13] (forbidden|unauthorized)\b/i,
    'registry-denied',
  ],
  [/toomanyrequests|429 Too Many Requests/i, 'registry-limited'],
  [
    /(layer|manifest) verification failed for digest|digest (mismatch|verification failed)|unexpected commit digest/i,
    'image-corrupt',
  ],
  [/repository .* not found|name unknown/i, 'image-not-found'],
  [/invalid reference format|repository name must be/i, 'image-reference-bad'],
  [
    /could not find an available,? (non-overlapping|predefined).*address pool|all predefined address pools/i,
    'address-pool-exhausted',
  ],
  [/pool overlaps with other one|overlaps with another network/i, 'address-block-taken'],
  [
    /executable file not found|no such file or directory.*(unknown|exec)|exec.*no such file or directory|exec: .*permission denied|OCI runtime create failed.*exec/i,
    'command-not-found',
  ],
];

const registryTransport =
  /connection refused|no such host|i\/o timeout|TLS handshake|connection reset|network is unreachable|no route to host|server misbehaving|context deadline exceeded|Client\.Timeout|request canceled|unexpected EOF|\bEOF\b|server gave HTTP response to HTTPS client|x509/i;

/** A manifest's error without a text of its own comes as `unknown:`. */
const registryFailure =
  /received unexpected HTTP status: 5|\b5\d\d (Internal|Bad Gateway|Service|Gateway)|(^|: )unknown: /i;

/** A manifest that is none, with status 200: a proxy or a login page answers instead. */
const wrongManifest =
  /error unmarshalling content|invalid character .* (looking for|in literal|after)|missing signature key|mediaType in manifest should be|unsupported manifest media type/i;

function read(error: unknown): RawEngineError {
  if (typeof error !== 'object' || error === null) return { text: String(error) };
  const raw = error as { statusCode?: unknown; code?: unknown; message?: unknown; json?: unknown };
  const json = raw.json as { message?: unknown } | null | undefined;
  const fromBody =
    typeof json === 'object' && typeof json?.message === 'string' ? json.message : '';
  return {
    statusCode: typeof raw.statusCode === 'number' ? raw.statusCode : undefined,
    code: typeof raw.code === 'string' ? raw.code : undefined,
    text: fromBody || (typeof raw.message === 'string' ? raw.message : ''),
  };
}

function failureOf(raw: RawEngineError, call: EngineCall): EngineFailure {
  if (raw.statusCode === undefined && raw.code !== undefined) {
    if (raw.code === 'EACCES' || raw.code === 'EPERM') return 'socket-permission';
    if (/^(ECONN|ENOENT|EPIPE|ENOTFOUND|EHOST|ENETUNREACH|ETIMEDOUT|EAI_)/.test(raw.code)) {
      return 'engine-unreachable';
    }
  }
  if (raw.statusCode === undefined && /socket hang up/i.test(raw.text)) return 'engine-unreachable';
  // The leader is on another node that is away. What follows is of the way there, and may look like something else.
  if (isOfSwarm(call) && /\brpc error: code = (Unavailable|DeadlineExceeded)\b/i.test(raw.text))
    return 'swarm-without-majority';
  for (const [pattern, failure] of byText) if (pattern.test(raw.text)) return failure;
  // By this protocol an engine talks to its own parts, too.
  if (/\brpc error: code = Unavailable\b/i.test(raw.text)) return 'engine-unreachable';

  switch (call.about) {
    case 'image':
      if (registryTransport.test(raw.text)) return 'registry-unreachable';
      if (registryFailure.test(raw.text)) return 'registry-failing';
      if (wrongManifest.test(raw.text)) return 'registry-mistaken';
      if (raw.statusCode === 404) return 'image-not-found';
      if (raw.statusCode === 400) return 'image-reference-bad';
      if (raw.statusCode === 409) return 'image-in-use';
      break;
    case 'container':
      if (raw.statusCode === 404) {
        if (/no such image/i.test(raw.text)) return 'image-not-found';
        if (/network .*not found|no such network/i.test(raw.text)) return 'network-missing';
        return 'container-not-found';
      }
      if (/network .*not found|no such network/i.test(raw.text)) return 'network-missing';
      if (raw.statusCode === 409) {
        return /is already in use|Conflict\. The container name/i.test(raw.text)
          ? 'name-taken'
          : 'spec-refused';
      }
      if (
        /tried to kill container, but did not receive an exit event|cannot stop container/i.test(
          raw.text,
        )
      ) {
        return 'container-not-stopping';
      }
      if (raw.statusCode === 400) return 'spec-refused';
      break;
    case 'service':
      if (raw.statusCode === 404) {
        if (/^node .*not found/i.test(raw.text)) return 'node-unknown';
        return /network .*not found/i.test(raw.text) ? 'network-missing' : 'container-not-found';
      }
      if (raw.statusCode === 409) return 'name-taken';
      if (/ is in use by the following service/i.test(raw.text)) return 'file-in-use';
      if (raw.statusCode === 400) return 'spec-refused';
      break;
    case 'network':
      if (/ is in use by (service|task)/i.test(raw.text)) return 'network-in-use';
      // A manager that loses one in the middle of a removal answers 500.
      if (raw.statusCode === 404 || /^network \S+ not found/i.test(raw.text))
        return 'network-missing';
      if (raw.statusCode === 403 && /active endpoints|in use/i.test(raw.text))
        return 'network-in-use';
      if (raw.statusCode === 409) return 'name-taken';
      if (raw.statusCode === 400 || raw.statusCode === 403) return 'spec-refused';
      break;
    case 'volume':
      if (raw.statusCode === 404) return 'volume-missing';
      if (raw.statusCode === 409) return 'volume-in-use';
      if (raw.statusCode === 400) return 'spec-refused';
      break;
    case 'build':
      if (registryTransport.test(raw.text) && /pull|manifest|registry/i.test(raw.text)) {
        return 'registry-unreachable';
      }
      return 'build-failed';
    case 'engine':
      break;
  }
  return (raw.statusCode ?? 0) >= 500 ? 'engine-failing' : 'unexpected';
}

function isOfSwarm({ about }: EngineCall): boolean {
  return about === 'service' || about === 'network' || about === 'engine';
}

/**
 * Turns whatever the client library threw into a typed failure. Goes by status and text, because
 * the library's own `reason` names the wrong cause for several calls.
 */
export function classifyEngineError(error: unknown, call: EngineCall): EngineError {
  if (error instanceof EngineError) return error;
  const raw = read(error);
  const failure = failureOf(raw, call);
  return new EngineError(
    failure,
    subjectOf(failure, raw.text, call.subject),
    raw.text.trim(),
    error,
  );
}

const HEX_ID = /^[0-9a-f]{64}$/;

/** The engine's text names the port or image that our call only implied. */
function subjectOf(failure: EngineFailure, text: string, subject: string): string {
  if (failure === 'port-taken') {
    const port = /(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]*\]|::):(\d{1,5})\b/i.exec(text)?.[1];
    if (port) return port;
  }
  if (failure === 'image-not-found') {
    const image = /no such image: (\S+)/i.exec(text)?.[1];
    if (image) return image;
  }
  if (failure === 'network-missing') {
    const network = /network (\S+) not found/i.exec(text)?.[1];
    if (network) return network;
  }
  return HEX_ID.test(subject) ? subject.slice(0, 12) : subject;
}

/** HTTP status of a raw client error, where there is one: 304 is an answer, not a failure. */
export function statusCodeOf(error: unknown): number | undefined {
  return read(error).statusCode;
}
