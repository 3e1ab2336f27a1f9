import { classifyEngineError, type EngineCall } from './classify-engine-error';
import type { EngineFailure } from './engine.errors';

const raw = (statusCode: number | undefined, message: string, code?: string) =>
  Object.assign(new Error(message), { statusCode, code, json: { message } });

const container: EngineCall = { about: 'container', subject: 'web' };
const image: EngineCall = { about: 'image', subject: 'lab/app:1' };
const network: EngineCall = { about: 'network', subject: 'net' };
const volume: EngineCall = { about: 'volume', subject: 'data' };
const service: EngineCall = { about: 'service', subject: 'web' };
const build: EngineCall = { about: 'build', subject: 'app:1' };

describe(classifyEngineError.name, () => {
  it.each<[EngineCall, number | undefined, string, EngineFailure]>([
    [container, 404, 'No such image: lab/app:1', 'image-not-found'],
    [container, 404, 'No such container: web', 'container-not-found'],
    [container, 404, 'network shop not found', 'network-missing'],
    [
      container,
      409,
      'Conflict. The container name "/web" is already in use by container "a"',
      'name-taken',
    ],
    [
      container,
      500,
      'driver failed programming external connectivity on endpoint web (d0): Bind for 0.0.0.0:9001 failed: port is already allocated',
      'port-taken',
    ],
    [
      container,
      500,
      'driver failed: Error starting userland proxy: listen tcp4 0.0.0.0:9002: bind: address already in use',
      'port-taken',
    ],
    [
      container,
      400,
      'failed to create shim task: OCI runtime create failed: unable to start container process: exec: "/x": stat /x: no such file or directory: unknown',
      'command-not-found',
    ],
    [container, 500, 'write /var/lib/docker/x: no space left on device', 'disk-full'],
    [container, 400, 'invalid mount config for type "bind"', 'spec-refused'],
    [
      container,
      500,
      'tried to kill container, but did not receive an exit event',
      'container-not-stopping',
    ],
    [
      container,
      500,
      'failed to update store for object type *libnetwork.endpoint: open : no such file or directory',
      'engine-unreachable',
    ],
    [container, 500, 'something new', 'engine-failing'],
    [
      image,
      404,
      'manifest for lab/app:1 not found: manifest unknown: manifest unknown',
      'tag-unknown',
    ],
    [image, 404, 'No such image: lab/app:1', 'image-not-found'],
    [
      image,
      500,
      'Head "http://127.0.0.1:5000/v2/secret/app/manifests/1": no basic auth credentials',
      'registry-denied',
    ],
    [image, 500, '(HTTP code 500) server error - denied ', 'registry-denied'],
    [
      image,
      500,
      'error parsing HTTP 403 response body: no error details found in HTTP response body: "{}"',
      'registry-denied',
    ],
    [
      image,
      404,
      "pull access denied for lab/app, repository does not exist or may require 'docker login'",
      'registry-denied',
    ],
    [
      image,
      500,
      'Get "https://r.invalid/v2/": dial tcp: lookup r.invalid: no such host',
      'registry-unreachable',
    ],
    [
      image,
      500,
      'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
      'registry-unreachable',
    ],
    [image, undefined, 'unexpected EOF', 'registry-unreachable'],
    [image, 500, 'toomanyrequests: You have reached your pull rate limit.', 'registry-limited'],
    [image, 500, 'received unexpected HTTP status: 502 Bad Gateway', 'registry-failing'],
    [
      image,
      500,
      "error unmarshalling content: invalid character '<' looking for beginning of value",
      'registry-mistaken',
    ],
    [image, 500, 'missing signature key', 'registry-mistaken'],
    [
      image,
      undefined,
      'filesystem layer verification failed for digest sha256:00',
      'image-corrupt',
    ],
    [
      image,
      400,
      'invalid reference format: repository name must be lowercase',
      'image-reference-bad',
    ],
    [
      image,
      undefined,
      'no matching manifest for linux/amd64 in the manifest list entries',
      'platform-mismatch',
    ],
    [image, 409, 'conflict: unable to remove repository reference', 'image-in-use'],
    [
      network,
      403,
      'error while removing network: network net has active endpoints',
      'network-in-use',
    ],
    [network, 500, 'network k37yzzvb4pbvky511tau3hmpy not found', 'network-missing'],
    [network, 409, 'network with name net already exists', 'name-taken'],
    [
      network,
      500,
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
      'address-pool-exhausted',
    ],
    [network, 404, 'network net not found', 'network-missing'],
    [volume, 404, 'get data: no such volume', 'volume-missing'],
    [volume, 409, 'remove data: volume is in use - [a]', 'volume-in-use'],
    [
      service,
      503,
      "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online.",
      'swarm-without-majority',
    ],
    [
      service,
      503,
      'rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status',
      'swarm-without-majority',
    ],
    [
      service,
      500,
      'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      'swarm-without-majority',
    ],
    [
      network,
      500,
      'error creating network: rpc error: code = Unavailable desc = error reading from server: EOF',
      'swarm-without-majority',
    ],
    [
      service,
      500,
      'rpc error: code = Unknown desc = raft: no elected cluster leader',
      'swarm-without-majority',
    ],
    [
      service,
      500,
      'rpc error: code = Unknown desc = raft: node is not yet part of a raft cluster',
      'swarm-without-majority',
    ],
    [
      image,
      500,
      'rpc error: code = Unavailable desc = error reading from server: EOF',
      'engine-unreachable',
    ],
    [
      service,
      500,
      'This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster.',
      'swarm-without-majority',
    ],
    [
      service,
      503,
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
      'not-a-manager',
    ],
    [build, undefined, 'The command returned a non-zero code: 1', 'build-failed'],
  ])('reads a %j with status %s and text %j as %s', (call, status, text, failure) => {
    expect(classifyEngineError(raw(status, text), call).failure).toBe(failure);
  });

  it.each([
    'connection error: desc = "transport: Error while dialing dial tcp 192.0.2.12:2377: connect: no route to host"',
    'all SubConns are in TransientFailure, latest connection error: connection error: desc = "transport: Error while dialing dial tcp 192.0.2.12:2377: connect: connection refused"',
    'connection error: desc = "transport: Error while dialing dial tcp 192.0.2.12:2377: connect: cannot assign requested address"',
    'connection error: desc = "transport: Error while dialing dial unix /srv/exec/swarm/control.sock: connect: no such file or directory"',
    'error reading from server: EOF',
    'transport is closing',
  ])('reads a leader that cannot be reached, whatever is on the way there: %s', (reason) => {
    const text = `rpc error: code = Unavailable desc = ${reason}`;
    for (const about of ['service', 'network', 'engine'] as const)
      expect(classifyEngineError(raw(503, text), { about, subject: 'x' }).failure).toBe(
        'swarm-without-majority',
      );
  });

  it.each<[string, EngineFailure]>([
    ['ENOENT', 'engine-unreachable'],
    ['ECONNREFUSED', 'engine-unreachable'],
    ['ECONNRESET', 'engine-unreachable'],
    ['EACCES', 'socket-permission'],
  ])('reads the socket error %s as %s', (code, failure) => {
    expect(classifyEngineError(raw(undefined, `connect ${code}`, code), container).failure).toBe(
      failure,
    );
  });

  it('extracts port and image from the engine message', () => {
    const port = classifyEngineError(
      raw(500, 'Bind for 0.0.0.0:9001 failed: port is already allocated'),
      container,
    );
    expect(port.text.en).toContain('9001');
    const missing = classifyEngineError(raw(404, 'No such image: lab/app:1'), container);
    expect(missing.text.zh).toContain('lab/app:1');
  });

  it('never shows a full container id', () => {
    const id = 'ab'.repeat(32);
    const error = classifyEngineError(raw(404, 'gone'), { about: 'container', subject: id });
    expect(error.text.en).not.toContain(id);
    expect(error.text.en).toContain(id.slice(0, 12));
  });
});
