import { DataSource } from 'typeorm';
import { AccessGuard } from '../../../src/auth/access/access.guard';
import { Authenticator } from '../../../src/auth/access/authenticator';
import { PermissionDeniedError } from '../../../src/auth/auth.errors';
import { AppContainers } from '../../../src/apps/lifecycle/app-containers';
import { AppData } from '../../../src/apps/install/app-data';
import { PortLeasesService } from '../../../src/apps/ports/port-leases.service';
import { AppSecretsService } from '../../../src/apps/secrets/app-secrets.service';
import { ClusterFiles } from '../../../src/platform/docker/swarm/swarm-files';
import { TaskClaims } from '../../../src/compute/tasks/task-claims';
import { TaskSubmission } from '../../../src/compute/tasks/task-submission';
import { UserStatus } from '../../../src/accounts/user.entity';

type Method = (this: unknown, ...args: never[]) => unknown;

function replace(
  type: { prototype: object },
  name: string,
  wrap: (original: Method) => Method,
): void {
  const original = Reflect.get(type.prototype, name) as Method | undefined;
  if (!original) throw new Error(`there is no ${name} to plant a bug in`);
  Object.defineProperty(type.prototype, name, { value: wrap(original) });
}

/** Defects that the storm's checks must find; each is planted in the processes of one run. */
export const PLANTED_BUGS = {
  /** An acknowledged batch is not stored. */
  'lost update': () =>
    replace(
      TaskSubmission,
      'submit',
      () =>
        async function (_userId: never, tasks: never) {
          return (tasks as unknown[]).map(() => '0'.repeat(32));
        },
    ),

  /** A claim does not fence: a task is computed and recorded twice. */
  'double run': () =>
    replace(
      TaskClaims,
      'finish',
      (finish) =>
        async function (this: unknown, ...args: never[]) {
          const written = await finish.apply(this, args);
          const { dataSource } = this as { dataSource: DataSource };
          await dataSource
            .query('ALTER TABLE compute_records DROP INDEX compute_records_task')
            .catch(() => undefined);
          const [{ columns } = { columns: '' }] = await dataSource.query<{ columns: string }[]>(
            `SELECT GROUP_CONCAT(CONCAT('\`', column_name, '\`')) AS columns
         FROM information_schema.columns WHERE table_schema = DATABASE()
           AND table_name = 'compute_records' AND extra NOT LIKE '%auto_increment%'`,
          );
          await dataSource.query(
            `INSERT INTO compute_records (${columns}) SELECT ${columns} FROM compute_records LIMIT 1`,
          );
          return written;
        },
    ),

  /** Ports of a removed app are never released. */
  'leaked lease': () => replace(PortLeasesService, 'release', () => async () => undefined),

  /** A stop is answered as done, and the app runs on. */
  'forgotten stop': () => replace(AppContainers, 'stopAll', () => async () => undefined),

  /** Configs and secrets stay in the Swarm when their app goes. */
  'kept files': () => replace(ClusterFiles, 'remove', () => async () => undefined),

  /** A removal trusts that it still holds its lease. */
  'unfenced remove': () => {
    replace(AppData, 'confirm', () => async () => undefined);
    replace(
      AppSecretsService,
      'forgetAll',
      () =>
        async function (this: unknown, appName: never) {
          const { dataSource } = this as { dataSource: DataSource };
          await dataSource.query('DELETE FROM app_secrets WHERE appName = ?', [appName]);
        },
    );
  },

  /** Administrator routes are open to every user. */
  'wrong role check': () =>
    replace(
      AccessGuard,
      'check',
      (check) =>
        async function (this: unknown, ...args: never[]) {
          try {
            return await check.apply(this, args);
          } catch (error) {
            if (!(error instanceof PermissionDeniedError)) throw error;
            return true;
          }
        },
    ),

  /** A ban does not reach tokens that exist. */
  'ban ignored': () =>
    replace(
      Authenticator,
      'authenticate',
      (authenticate) =>
        async function (this: unknown, ...args: never[]) {
          const { snapshots } = this as {
            snapshots: { find: (...key: never[]) => Promise<unknown> };
          };
          const unbanned = Object.create(this as object, {
            snapshots: {
              value: {
                find: async (...key: never[]) => {
                  const found = (await snapshots.find(...key)) as { status: UserStatus } | null;
                  return found?.status === UserStatus.Banned
                    ? { ...found, status: UserStatus.Normal }
                    : found;
                },
              },
            },
          }) as unknown;
          return authenticate.apply(unbanned, args);
        },
    ),
} as const satisfies Readonly<Record<string, () => void>>;

export type PlantedBug = keyof typeof PLANTED_BUGS;

/** Empty: no bug. */
export function plantBug(name: string): void {
  if (name === '') return;
  PLANTED_BUGS[name as PlantedBug]();
}
