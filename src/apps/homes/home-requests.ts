import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { QuestionQueues } from '../../platform/queue/question-queues';
import { RedisService } from '../../platform/redis/redis.service';
import { appSecretBox } from '../../platform/secrets/app-secret-box';
import type { SecretBox } from '../../platform/secrets/secret-box';
import { HomeAwayError, HomesOutOfReachError, HomeSilentError } from './home.errors';
import type { PassedReply, PassedRequest } from './passed-request';

/** An uninstall may wait a minute for a cancelled install, and then for services that take their time to stop. */
const ANSWER_MS = 300_000;

export interface HomeName {
  readonly nodeId: string;
  readonly name: string;
}

/** Name of the queue over which the servers of a node get requests about its apps. */
export function requestQueueOf(nodeId: string): string {
  return `home-${nodeId}`;
}

export interface Sealed {
  readonly sealed: string;
}

/** What two servers of one installation say to each other; nobody else can read or write it. */
export class SealedMessages {
  private readonly box: SecretBox;

  constructor(settings: Pick<Settings, 'dataDir'>) {
    this.box = appSecretBox(settings);
  }

  seal(message: PassedRequest | PassedReply, nodeId: string): Sealed {
    return { sealed: this.box.seal(JSON.stringify(message), contextOf(nodeId)).toString('base64') };
  }

  /** @throws where it was sealed with another key or for another node */
  open<Message extends PassedRequest | PassedReply>({ sealed }: Sealed, nodeId: string): Message {
    return JSON.parse(this.box.open(Buffer.from(sealed, 'base64'), contextOf(nodeId))) as Message;
  }
}

function contextOf(nodeId: string): string {
  return `passed on\n${nodeId}`;
}

/** Passes requests on to the server of another node, as that one alone has the data of its apps. */
@Injectable()
export class HomeRequests implements OnModuleDestroy {
  private readonly logger = new Logger(HomeRequests.name);
  private readonly queues: QuestionQueues<Sealed, Sealed>;
  private readonly messages: SealedMessages;

  constructor(settings: Settings, redis: RedisService) {
    this.queues = new QuestionQueues(settings, redis);
    this.messages = new SealedMessages(settings);
  }

  /**
   * @param about the app, for the words of a failure
   * @throws HomesOutOfReachError, HomeAwayError: nothing was done; HomeSilentError
   */
  async pass(home: HomeName, about: string, request: PassedRequest): Promise<PassedReply> {
    const { nodeId, name } = home;
    const queue = requestQueueOf(nodeId);
    const isThere = await this.queues.isAnswered(queue).catch(() => {
      throw new HomesOutOfReachError(about, name);
    });
    if (!isThere) throw new HomeAwayError(about, name);
    const reply = await this.queues
      .ask(queue, this.messages.seal(request, nodeId), ANSWER_MS)
      .catch((error: unknown) => {
        this.logger.warn(`${request.method} ${name}: ${String(error)}`);
        return null;
      });
    if (reply === null) throw new HomeSilentError(about, name);
    return this.messages.open<PassedReply>(reply, nodeId);
  }

  async onModuleDestroy(): Promise<void> {
    await this.queues.close();
  }
}
