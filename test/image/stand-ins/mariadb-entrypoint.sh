#!/bin/sh
# Makes the database and its user at the first start, as the image of MariaDB does.
set -eu
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
fi
password=$(printf %s "$MARIADB_PASSWORD" | sed "s/[\\\\']/\\\\&/g")
cat >/tmp/init.sql <<SQL
CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;
CREATE USER IF NOT EXISTS '$MARIADB_USER'@'%' IDENTIFIED BY '$password';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
SQL
exec "$@" --datadir=/var/lib/mysql --bind-address=0.0.0.0 --skip-name-resolve --init-file=/tmp/init.sql
