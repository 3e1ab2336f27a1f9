import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { hostOf, type RegistryLogin } from '../../platform/docker/registry/registry-logins';
import { domainError } from '../../platform/errors/domain-error';
import { appSecretBox } from '../../platform/secrets/app-secret-box';
import type { SecretBox } from '../../platform/secrets/secret-box';
import { StoredRegistryLogin } from './registry-login.entity';

export class NoRegistryLoginError extends domainError(
  'not-found',
  (registry: string) =>
    `没有保存镜像仓库 ${registry} 的登录信息；GET /api/v1/registries 列出已有的。`,
  (registry) => `No login to ${registry} is stored; GET /api/v1/registries lists those that are.`,
) {}

/** Logins to private registries, kept encrypted in the database: the servers of all nodes use them. */
@Injectable()
export class StoredLogins {
  private readonly box: SecretBox;

  constructor(
    settings: Settings,
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
  ) {
    this.box = appSecretBox(settings);
    engine.registryLogins.useStored(() => this.all());
  }

  list(): Promise<StoredRegistryLogin[]> {
    return this.rows().find({ order: { registry: 'ASC' } });
  }

  /**
   * Keeps a login that the registry accepts, in place of the one before.
   * @param address host of the registry, with its port where it has one
   * @throws EngineError `registry-login-wrong`, `registry-unreachable` …; nothing is changed then
   */
  async keep(address: string, username: string, password: string): Promise<StoredRegistryLogin> {
    const registry = hostOf(address);
    await this.engine.images.logIn({ username, password, serveraddress: serverOf(registry) });
    const row = {
      registry,
      username,
      sealedPassword: this.box.seal(password, contextOf(registry)),
      updatedAt: new Date(),
    };
    await this.rows().upsert(row, ['registry']);
    return row;
  }

  /** @throws NoRegistryLoginError */
  async forget(address: string): Promise<void> {
    const registry = hostOf(address);
    const { affected } = await this.rows().delete({ registry });
    if (affected !== 1) throw new NoRegistryLoginError(registry);
  }

  private async all(): Promise<Map<string, RegistryLogin>> {
    const rows = await this.list();
    return new Map(
      rows.map(({ registry, username, sealedPassword }) => {
        const password = this.box.open(sealedPassword, contextOf(registry));
        return [registry, { username, password, serveraddress: serverOf(registry) }];
      }),
    );
  }

  private rows() {
    return this.dataSource.getRepository(StoredRegistryLogin);
  }
}

/** What engines call the registry: Docker Hub has a name of its own. */
function serverOf(registry: string): string {
  return registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
}

function contextOf(registry: string): string {
  return `registry-login\n${registry}`;
}
