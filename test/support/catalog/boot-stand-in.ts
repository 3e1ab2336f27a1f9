import type { ComposeService } from '../../../src/apps/compose/project/compose-project';
import type { StandInBehaviour } from '../stand-in-image';

/** Ports that only a health check uses; they are not published. */
const privatePorts: Readonly<Record<string, readonly number[]>> = {
  keycloak: [9000],
};

/**
 * A stand-in that a template of our own catalog can start: its programs exist and lead to a server on
 * the ports that the template publishes. Health checks ask that server, so one that asks the wrong port fails
 * here as well.
 */
export function bootStandIn(
  services: readonly ComposeService[],
  ports: readonly number[],
): StandInBehaviour {
  const files: Record<string, string> = {};
  const listen = new Set(ports);
  for (const service of services) {
    for (const port of privatePorts[service.name] ?? []) listen.add(port);
    const [program] = [...(service.entrypoint ?? []), ...(service.command ?? [])];
    if (program && !program.endsWith('sh')) files[pathOf(program)] = serve;
    const [kind, checker = '', ...rest] = service.healthcheck?.test ?? [];
    if (kind === 'CMD' && !clients.has(checker)) files[pathOf(checker)] = done;
    const page = pageIn([checker, ...rest].join(' '));
    if (page) files[`/www${page}`] = 'ok\n';
  }
  return { listen: [...listen], files: { ...scripted, ...files } };
}

function pathOf(program: string): string {
  if (program.startsWith('/')) return program;
  return program.includes('/') ? `/${program}` : `/bin/${program}`;
}

/** The path that a health check asks for, if it is more than `/`. */
function pageIn(check: string): string | null {
  const path = /https?:\/\/[^/\s"']+(\/[^\s"'?)]+)/.exec(check)?.[1];
  return path && !path.endsWith('/') ? path : null;
}

const done = '#!/bin/sh\nexit 0\n';
/** The dash: a program may be called like an option, where the image's own entrypoint is missing. */
const serve = '#!/bin/sh -\nexec /start.sh\n';

/**
 * Requests the first page of the server named in the arguments and prints what Nextcloud's check looks for.
 * The shell's built-in `wget` requests the exact page.
 */
const ask = `#!/bin/sh
case "$*" in
  maintenance/*|/healthcheck.js) exit 0 ;;
  */dev/tcp/*) server=$(echo "$*" | grep -oE '/dev/tcp/[0-9.]+/[0-9]+' | sed 's#/dev/tcp/##; s#/#:#') ;;
  *) server=$(echo "$*" | grep -oE 'http://[^/"]+' | sed 's#http://##; s#localhost#127.0.0.1#') ;;
esac
wget -qO /dev/null "http://$server/" && echo '"installed":true'
`;
const clients = new Set(['bash', 'curl', 'node', 'php', 'python3']);

/** What the shell scripts in commands and checks call besides the shell's own. */
const scripted: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...clients].map((name) => [`/bin/${name}`, ask])),
  '/opt/gitlab/embedded/bin/curl': ask,
  '/bin/redis-cli': '#!/bin/sh\necho PONG\n',
  ...Object.fromEntries(
    'mongosh mosquitto_sub mysqladmin pg_isready superset'
      .split(' ')
      .map((name) => [`/bin/${name}`, done]),
  ),
  '/bin/apache2-foreground': serve,
  '/bin/mosquitto': serve,
  '/bin/mosquitto_passwd': '#!/bin/sh\ntouch "$3"\n',
  '/bin/weed': serve,
  '/usr/bin/run-server.sh': serve,
  '/bin/entrypoint.sh': '#!/bin/sh\nexec "$@"\n',
  '/bin/syncthing':
    '#!/bin/sh\n[ "$1" = serve ] && exec /start.sh\n[ -n "$(cat)" ] && [ "$1" = generate ]\n',
  '/probes/test-aliveness.py': done,
  '/etc/passwd': 'root:x:0:0::/:/bin/sh\nmosquitto:x:1883:1883::/:/bin/sh\n',
  '/etc/group': 'root:x:0:\nmosquitto:x:1883:\n',
  '/etc/seaweedfs/.keep': '',
  '/mosquitto/config/.keep': '',
  '/var/www/html/.keep': '',
};
