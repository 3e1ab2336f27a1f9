import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { findBinary } from '../../../src/local-services/find-binary';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The account that MariaDB's own programs are made for. */
export function mysqlUser(): User {
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Creates the system tables in an empty folder, and the statements for the first start of a test's server. */
export function createDataFolder(folder: string, initFile: string, password: string): void {
  execFileSync(
    findBinary('mariadb-install-db') ?? 'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--user=mysql',
    ],
    { stdio: 'ignore' },
  );
  const account = `'stackscape'@'127.0.0.1'`;
  const statements = [
    'CREATE DATABASE IF NOT EXISTS stackscape CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci',
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}'`,
    `GRANT ALL PRIVILEGES ON *.* TO ${account}`,
  ];
  writeFileSync(initFile, `${statements.join(';\n')};\n`);
}
