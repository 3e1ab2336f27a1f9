import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { AppSecret } from './app-secret.entity';
import { SecretBox } from '../../platform/secrets/secret-box';
import { secretMask, type SecretMask } from './secret-mask';
import { storedSecret } from '../../platform/secrets/stored-secret';

export type Variables = Readonly<Record<string, string>>;

/** The variables of an installation. */
export interface InstalledVariables {
  /** All of them, complete. */
  readonly values: Variables;
  /** Those that the user set; an upgrade takes the others from the new template. */
  readonly given: Variables;
}

/** Passwords of apps: encrypted at rest, kept as long as the app's data is. */
@Injectable()
export class AppSecretsService {
  private readonly box: SecretBox;
  private readonly key: Buffer;

  constructor(
    settings: Settings,
    private readonly dataSource: DataSource,
  ) {
    this.key = storedSecret(settings.dataDir, 'app-secrets.key');
    this.box = new SecretBox(this.key);
  }

  /** Tells one content from another without telling anything of it, in 16 hex digits: nobody else can try guesses. */
  fingerprint(parts: readonly (string | Buffer)[]): string {
    const mac = createHmac('sha256', this.key);
    for (const part of parts) mac.update(`${Buffer.byteLength(part)}:`).update(part);
    return mac.digest('hex').slice(0, 16);
  }

  /** Secrets of the app that were kept with its data, by variable name. */
  async findKept(appName: string): Promise<Record<string, string>> {
    const rows = await this.dataSource.getRepository(AppSecret).findBy({ appName });
    return Object.fromEntries(
      rows.map((row) => [row.name, this.box.open(row.value, context(appName, row.name))]),
    );
  }

  /** Masks the app's secrets in a text, e.g. of its log. */
  async maskFor(appName: string): Promise<SecretMask> {
    return secretMask(Object.values(await this.findKept(appName)));
  }

  /** Keeps the named secrets; one that exists takes the new value. */
  async keep(
    tx: EntityManager,
    appName: string,
    installationId: string,
    secrets: Variables,
  ): Promise<void> {
    for (const [name, value] of Object.entries(secrets)) {
      await tx.query(
        `INSERT INTO app_secrets (appName, name, value, installationId, createdAt)
         VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))
         ON DUPLICATE KEY UPDATE value = VALUES(value)`,
        [appName, name, this.box.seal(value, context(appName, name)), installationId],
      );
    }
  }

  /** Forgets the secrets that this installation brought: its data is gone as well. */
  async forgetOf(installationId: string): Promise<void> {
    await this.dataSource.getRepository(AppSecret).delete({ installationId });
  }

  /** Forgets all secrets of the app, if the lease is still held and no other installation is active. */
  async forgetAll(appName: string, lease: { id: string; token: string }): Promise<void> {
    await this.dataSource.query(
      `DELETE s FROM app_secrets s
         JOIN app_installations i ON i.id = ? AND i.runToken = ?
         LEFT JOIN app_installations other ON other.activeApp = s.appName AND other.id <> i.id
       WHERE s.appName = ? AND other.id IS NULL`,
      [lease.id, lease.token, appName],
    );
  }

  sealVariables(installationId: string, variables: InstalledVariables): Buffer {
    return this.box.seal(JSON.stringify(variables), installationId);
  }

  openVariables(installationId: string, sealed: Buffer): InstalledVariables {
    return JSON.parse(this.box.open(sealed, installationId)) as InstalledVariables;
  }
}

function context(appName: string, name: string): string {
  return `${appName}\n${name}`;
}
