import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { PasswordHasher } from '../../auth/passwords/password-hasher';
import { AccessTokens } from '../../auth/tokens/access-tokens';
import { Settings } from '../../platform/config/settings';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { storedSecret } from '../../platform/secrets/stored-secret';
import { Home } from './home';

const KEY_FILE = 'app-secrets.key';

/** All homes need the same secrets: what one of them has encrypted or signed, each has to read. */
@Injectable()
export class HomeSecrets {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly home: Home,
    private readonly hasher: PasswordHasher,
    private readonly tokens: AccessTokens,
  ) {}

  /**
   * Where there are other homes, a process with other secrets is refused; where there are none, those that it has count.
   * @throws OperatorError
   */
  async refuseOthers(ownNodeId: string): Promise<void> {
    const { manager } = this.dataSource;
    const key = storedSecret(this.settings.dataDir, KEY_FILE);
    const appKeyFingerprint = createHash('sha256').update('app key').update(key).digest('hex').slice(0, 16); // prettier-ignore
    if ((await this.home.list()).every(({ nodeId }) => nodeId === ownNodeId)) {
      await manager.update(SystemState, { id: 1 }, { appKeyFingerprint });
      return;
    }
    const known = await manager.findOneByOrFail(SystemState, { id: 1 });
    const others = [
      ['app-secrets.key', known.appKeyFingerprint, appKeyFingerprint],
      ['jwt-secret', known.tokenKeyFingerprint, this.tokens.keyId],
      ['password-pepper', known.pepperFingerprint, this.hasher.pepperFingerprint],
    ].flatMap(([name, inUse, own]) => (inUse === null || inUse === own ? [] : [name]));
    if (others.length > 0) throw refusal(others.join(', '));
  }
}

function refusal(names: string): OperatorError {
  return new OperatorError(
    bilingual(
      `这个节点的密钥（${names}）与 Swarm 中其他归属节点的不同：它既读不出那里保存的密码，也不承认那里签发的令牌。请把其中一个节点数据目录中的 secrets 文件夹复制到这里（或设置相同的 JWT_SECRET 和 PASSWORD_PEPPER），再启动。`,
      `The secrets of this node (${names}) are not those of the other homes in the Swarm: it could neither read the passwords stored there nor accept the tokens signed there. Copy the folder secrets of the data folder of one of them to here (or set the same JWT_SECRET and PASSWORD_PEPPER), then start again.`,
    ),
  );
}
