import { existsSync, readdirSync } from 'node:fs';
import type { MachineImage } from './machine-image';

/** `PATH` of these images. */
const PATH = '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const packageMissing = (name: string): Error =>
  new Error(`No ${name} on this machine: apt-get install -y --no-install-recommends ${name}`);

/** What the entry point of the image of MariaDB makes at the first start, as far as our catalog asks for it. */
const MARIADB_START = `#!/bin/sh
set -eu
umask 022
mkdir -p /run/mysqld
chown mysql:mysql /run/mysqld /var/lib/mysql
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --no-defaults --datadir=/var/lib/mysql --user=mysql \\
    --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve > /dev/null
  health=$(head -c 12 /dev/urandom | md5sum | cut -c 1-16)
  printf '[client]\\nuser=healthcheck\\npassword=%s\\n' "$health" > /var/lib/mysql/.my-healthcheck.cnf
  root=\${MARIADB_ROOT_PASSWORD:-$(head -c 12 /dev/urandom | md5sum | cut -c 1-16)}
  {
    echo "CREATE USER healthcheck@'127.0.0.1' IDENTIFIED BY '$health';"
    echo "CREATE DATABASE $MARIADB_DATABASE;"
    echo "CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';"
    echo "GRANT ALL ON $MARIADB_DATABASE.* TO '$MARIADB_USER'@'%';"
    echo "ALTER USER root@localhost IDENTIFIED BY '$root';"
  } > /tmp/first.sql
  set -- "$@" --init-file=/tmp/first.sql
fi
exec mariadbd --no-defaults --user=mysql --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock "$@"
`;

const MARIADB_HEALTH = `#!/bin/sh
exec mariadb --defaults-file=/var/lib/mysql/.my-healthcheck.cnf -h 127.0.0.1 -e 'SELECT 1'
`;

export function mariadbImage(reference: string): MachineImage {
  if (!existsSync('/usr/sbin/mariadbd')) throw packageMissing('mariadb-server');
  const programs = 'mariadb mariadb-dump mariadb-admin mariadb-install-db my_print_defaults';
  return {
    reference,
    paths: [
      '/usr/sbin/mariadbd',
      ...programs.split(' ').map((name) => `/usr/bin/${name}`),
      '/usr/bin/resolveip',
      '/usr/share/mysql',
    ],
    scripts: {
      '/usr/local/bin/start.sh': MARIADB_START,
      '/usr/local/bin/healthcheck.sh': MARIADB_HEALTH,
    },
    entrypoint: '/usr/local/bin/start.sh',
    command: [],
    // The socket where the official image has it.
    environment: { PATH, MYSQL_UNIX_PORT: '/run/mysqld/mysqld.sock' },
    users: ['mysql:999'],
  };
}

const POSTGRES_START = `#!/bin/sh
set -eu
data=/var/lib/postgresql/data
mkdir -p /run/postgresql
chown postgres:postgres /run/postgresql $data
chmod 700 $data
as() { /usr/bin/setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
if [ ! -s $data/PG_VERSION ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  chown postgres /tmp/password
  as initdb -D $data --username="$POSTGRES_USER" --pwfile=/tmp/password --locale=C --encoding=UTF8 --auth-local=trust > /dev/null
  echo 'host all all all scram-sha-256' >> $data/pg_hba.conf
  as pg_ctl -D $data -w -o "-c listen_addresses= -k /run/postgresql" start > /dev/null
  [ "$POSTGRES_DB" = postgres ] || psql -h /run/postgresql -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \\"$POSTGRES_DB\\""
  as pg_ctl -D $data -m fast -w stop > /dev/null
fi
exec /usr/bin/setpriv --reuid=postgres --regid=postgres --clear-groups postgres -D $data -k /run/postgresql -c listen_addresses='*'
`;

export function postgresImage(reference: string): MachineImage {
  const [version] = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  if (version === undefined) throw packageMissing('postgresql');
  const bin = `/usr/lib/postgresql/${version}/bin`;
  return {
    reference,
    paths: [
      ...'postgres initdb pg_ctl psql pg_dump pg_dumpall pg_isready'
        .split(' ')
        .map((p) => `${bin}/${p}`),
      `/usr/lib/postgresql/${version}/lib`,
      `/usr/share/postgresql/${version}`,
      '/usr/bin/setpriv',
    ],
    scripts: { '/usr/local/bin/start.sh': POSTGRES_START },
    entrypoint: '/usr/local/bin/start.sh',
    command: [],
    environment: { PATH: `${bin}:${PATH}`, PGHOST: '/run/postgresql' },
    users: ['postgres:70'],
  };
}

export function redisImage(reference: string): MachineImage {
  return {
    reference,
    paths: ['/usr/bin/redis-server', '/usr/bin/redis-cli'],
    scripts: { '/usr/local/bin/start.sh': '#!/bin/sh\ncd /data\nexec "$@"\n' },
    entrypoint: '/usr/local/bin/start.sh',
    command: ['redis-server'],
    environment: { PATH },
    users: [],
  };
}
