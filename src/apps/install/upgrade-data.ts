import type { AppInstallation } from '../installations/installation.entity';
import type { PreviousVersion } from '../installations/app-manifest';
import type { RowLease } from '../installations/row-lease';

/** Saves the data of an app before its version is replaced, and returns them where the new version fails. */
export abstract class UpgradeData {
  /** @throws with the reason why this server cannot make backups */
  abstract requireUsable(): Promise<void>;

  /**
   * Makes a backup of the app with its old version, under the id that the upgrade names, and verifies it. The app
   * runs again when this resolves, unless it was stopped.
   * @throws UpgradeNotSavedError, and the reason of the lease's signal
   */
  abstract save(row: AppInstallation, lease: RowLease, previous: PreviousVersion): Promise<void>;

  /** Of a move, at the new home: puts the data of the backup in place, with its template and images; starts nothing. */
  abstract bring(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
    note: (replaced: string | null) => Promise<void>,
  ): Promise<void>;

  /** Of a move, at the new home: removes what `bring` has put in place. */
  abstract takeAway(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
  ): Promise<void>;

  /** Of a move, at the new home: the app is up there. */
  abstract settle(row: AppInstallation, lease: RowLease, previous: PreviousVersion): Promise<void>;

  /** Where the data of the app lie that would have to be returned. */
  abstract placesOf(row: AppInstallation, previous: PreviousVersion): Promise<readonly string[]>;

  /** Lays a copy of the data beside them. The app is stopped. */
  abstract keep(previous: PreviousVersion, signal: AbortSignal): Promise<void>;

  /** Puts the copies in place of what the new version made of them; removes volumes that only it has. */
  abstract giveBack(row: AppInstallation, previous: PreviousVersion): Promise<void>;

  /** The new version is up: the copies go. */
  abstract discard(previous: PreviousVersion): Promise<void>;
}
