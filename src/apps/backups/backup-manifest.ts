import type { AppManifest } from '../installations/app-manifest';
import type { PortLeases } from '../compose/resolve/resolved-app';
import type { InstalledVariables } from '../secrets/app-secrets.service';

/** The newest that this version reads. Raised when an older version could no longer restore a backup. */
export const BACKUP_FORMAT = 2;

/** How the data of a backup are of one moment: by commands of the template, or as the app was stopped. */
export type Consistency = 'hook' | 'stopped';

/** Older versions would not load the dumps of a backup made by hooks. */
export const FORMAT_OF: Readonly<Record<Consistency, number>> = { stopped: 1, hook: 2 };

/** A folder tree of a backup. */
export interface SavedTree {
  readonly bytes: number;
  /**
   * SHA-256 over paths, kinds, owners, modes and contents, in older backups. Empty: the contents are proved by
   * restic, whose snapshot id is the SHA-256 of a tree of SHA-256 sums that ends at the pieces of the files.
   */
  readonly digest: string;
  /** SHA-256 over the same without the contents, but with the sizes of files; absent in older ones. */
  readonly shape?: string;
}

export interface SavedTemplate {
  readonly composeFile: string;
  readonly singleFile: boolean;
  /** The store it came from. */
  readonly store: string | null;
  /** Another one than that of the app where the catalog has changed since the install. */
  readonly digest: string;
}

/** What a backup holds; the file `manifest.json` of the snapshot. Without a secret. */
export interface BackupManifest {
  readonly format: number;
  /** Version of the product that made it. */
  readonly product: string;
  readonly backupId: string;
  readonly appName: string;
  /** Which installation of the app; null, and absent in older ones: the first. */
  readonly instance?: string | null;
  readonly createdAt: string;
  /** Absent in older ones, which were all made of a stopped app. */
  readonly consistency?: Consistency;
  readonly installationId: string;
  /** Of the engine's machine, e.g. `x86_64`. */
  readonly architecture: string;
  readonly version: string | null;
  readonly templateDigest: string;
  /** What lies in the template folder; null where the catalog had none any more. */
  readonly template: SavedTemplate | null;
  readonly ports: PortLeases;
  /** Engine ids of the images, by reference. */
  readonly images: Readonly<Record<string, string>>;
  /** Their digests in the registries that they came from, by reference; absent in older ones. */
  readonly imageDigests?: Readonly<Record<string, string>>;
  readonly app: AppManifest;
  readonly volumes: Readonly<Record<string, SavedTree>>;
  /** Null where the app has no folder. */
  readonly folder: SavedTree | null;
}

/** What is encrypted a second time, with a key made from that of the repository. */
export interface BackupSecrets {
  readonly variables: InstalledVariables;
  /** Passwords that are kept with the app's data, by variable. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Names in the snapshot. */
export const MANIFEST_FILE = 'manifest.json';
export const SECRETS_FILE = 'secrets.sealed';
export const TEMPLATE_FOLDER = 'template';
export const APP_FOLDER = 'folder';
export const VOLUMES_FOLDER = 'volumes';

/** Bytes of all that an app keeps. */
export function bytesOf({ volumes, folder }: BackupManifest): number {
  return Object.values(volumes).reduce((sum, { bytes }) => sum + bytes, folder?.bytes ?? 0);
}
