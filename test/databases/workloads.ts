/** A load with a property that only a copy of one moment has, as scripts for a container of the database. */
export interface Database {
  readonly prepare: string;
  /** One transaction, the `$n`-th of a writer: rows, and their number elsewhere. */
  readonly transaction: (writer: number) => string;
  /** Prints `n` and a checksum of all rows of the writer up to its n-th transaction, by n. */
  readonly sums: (writer: number) => string;
  /** Prints the number of transactions of which a part is missing. */
  readonly torn: string;
}

const ROWS = 25;

/** Rows of one transaction in `entries`, and their number in `totals`. */
const inserts = (rows: string): string =>
  `INSERT INTO entries (writer, n, payload) ${rows}; INSERT INTO totals VALUES (WRITER, $n, ${ROWS});`;
const TORN = `SELECT COUNT(*) FROM (
  SELECT t.writer, t.n, t.size, COUNT(e.id) AS found FROM totals t
  LEFT JOIN entries e ON e.writer = t.writer AND e.n = t.n GROUP BY t.writer, t.n, t.size) x WHERE size <> found`;

function mariadb(client: string): Database {
  const ask = (sql: string): string => `${client} -N -B -e "${sql}"`;
  const rows = inserts(`SELECT WRITER, $n, MD5(CONCAT(RAND(), seq)) FROM seq_1_to_${ROWS}`);
  return {
    prepare: ask(
      'CREATE TABLE entries (id BIGINT PRIMARY KEY AUTO_INCREMENT, writer INT, n INT, payload TEXT, KEY (writer, n)); ' +
        'CREATE TABLE totals (writer INT, n INT, size INT, PRIMARY KEY (writer, n))',
    ),
    transaction: (writer) => ask(`BEGIN; ${rows} COMMIT`).replaceAll('WRITER', `${writer}`),
    sums: (writer) =>
      ask(
        `SELECT n, SUM(one) OVER (ORDER BY n) FROM (SELECT n, SUM(CRC32(CONCAT_WS(',', id, n, payload))) AS one FROM entries WHERE writer = ${writer} GROUP BY n) x ORDER BY n`,
      ),
    torn: ask(TORN),
  };
}

function postgres(): Database {
  const client = 'psql -X -q -At -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"';
  const ask = (sql: string): string => `${client} -c "${sql}"`;
  const rows = inserts(`SELECT WRITER, $n, md5(random()::text) FROM generate_series(1, ${ROWS})`);
  return {
    prepare: ask(
      'CREATE TABLE entries (id BIGSERIAL PRIMARY KEY, writer INT, n INT, payload TEXT); CREATE INDEX ON entries (writer, n); ' +
        'CREATE TABLE totals (writer INT, n INT, size INT, PRIMARY KEY (writer, n))',
    ),
    transaction: (writer) => ask(`BEGIN; ${rows} COMMIT`).replaceAll('WRITER', `${writer}`),
    sums: (writer) =>
      ask(
        `SELECT n, SUM(one) OVER (ORDER BY n) FROM (SELECT n, SUM(hashtext(id || ',' || n || payload)::numeric) AS one FROM entries WHERE writer = ${writer} GROUP BY n) x ORDER BY n`,
      ),
    torn: ask(TORN),
  };
}

/** Each transaction pushes and counts. */
const redis: Database = {
  prepare: 'redis-cli ping',
  transaction: (writer) =>
    `redis-cli eval "for i = 1, ${ROWS} do redis.call('rpush', KEYS[1], ARGV[1] .. '-' .. i .. string.rep('x', 200)) end redis.call('set', KEYS[2], ARGV[1])" 2 entries:${writer} n:${writer} $n | grep -q OK || test "$(redis-cli get n:${writer})" = $n`,
  sums: (writer) =>
    `redis-cli lrange entries:${writer} 0 -1 | while read -r line; do i=$((i + 1)); [ $((i % ${ROWS})) != 0 ] || echo "\${line%%-*}|$i"; done`,
  torn: `t=0; for w in 0 1 2 3; do l=$(redis-cli llen entries:$w); n=$(redis-cli get n:$w); [ "$l" = $((n * ${ROWS})) ] || t=$((t + 1)); done; echo $t`,
};

export const DATABASES = {
  mariadb: mariadb('MYSQL_PWD="$MARIADB_PASSWORD" mariadb -u"$MARIADB_USER" "$MARIADB_DATABASE"'),
  mariadbAsRoot: mariadb('MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb -uroot "$MARIADB_DATABASE"'),
  postgres: postgres(),
  redis,
} as const satisfies Record<string, Database>;
