import type { AppManifest } from '../installations/app-manifest';
import type { PortLeases } from '../compose/resolve/resolved-app';
import type { InstalledVariables } from '../secrets/app-secrets.service';

/** Raised when an older version of the product could no longer read a backup. */
export const BACKUP_FORMAT = 1;

/** A folder tree of a backup. */
export interface SavedTree {
  readonly bytes: number;
  /** SHA-256 over paths, kinds, owners, modes and contents. */
  readonly digest: string;
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
  readonly createdAt: string;
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
