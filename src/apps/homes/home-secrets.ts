import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, Not } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { PasswordHasher } from '../../auth/passwords/password-hasher';
import { AccessTokens } from '../../auth/tokens/access-tokens';
import { Settings } from '../../platform/config/settings';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { storedSecret } from '../../platform/secrets/stored-secret';
import { AppHome } from './app-home.entity';
import type { HomeNode } from './home';

const KEY_FILE = 'app-secrets.key';

/** All homes need the same secrets: what one of them has encrypted or signed, each has to read. */
@Injectable()
export class HomeSecrets {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly hasher: PasswordHasher,
    private readonly tokens: AccessTokens,
  ) {}

  /**
   * Notes that the node is a home. Where there are others, a process with other secrets is refused; where there are none,
   * those that it has count. Of several at once the first one decides.
   * @throws OperatorError
   */
  async admit({ id: nodeId, name }: HomeNode): Promise<void> {
    const key = storedSecret(this.settings.dataDir, KEY_FILE);
    const appKeyFingerprint = createHash('sha256').update('app key').update(key).digest('hex').slice(0, 16); // prettier-ignore
    await runInTransaction(this.dataSource, async (tx) => {
      const known = await tx.findOneOrFail(SystemState, {
        where: { id: 1 },
        lock: { mode: 'pessimistic_write' },
      });
      const isOnly = !(await tx.existsBy(AppHome, { nodeId: Not(nodeId) }));
      const secrets = [
        ['app-secrets.key', known.appKeyFingerprint, appKeyFingerprint],
        ['jwt-secret', known.tokenKeyFingerprint, this.tokens.keyId],
        ['password-pepper', known.pepperFingerprint, this.hasher.pepperFingerprint],
      ] as const;
      const others = secrets.filter(([, inUse, own]) => inUse !== null && inUse !== own);
      if (!isOnly && others.length > 0) throw refusal(others.map(([file]) => file).join(', '));
      await tx.update(
        SystemState,
        { id: 1 },
        {
          appKeyFingerprint,
          // Of a change of these a server on its own warns once it has started.
          tokenKeyFingerprint: known.tokenKeyFingerprint ?? this.tokens.keyId,
          pepperFingerprint: known.pepperFingerprint ?? this.hasher.pepperFingerprint,
        },
      );
      await tx.getRepository(AppHome).upsert({ nodeId, name }, ['nodeId']);
    });
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
