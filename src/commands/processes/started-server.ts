import type { RunningServer } from '../../bootstrap';
import { pollUntil } from '../../platform/waiting/poll-until';
import { RedisService } from '../../platform/redis/redis.service';
import { RegistrationService } from '../../users/registration.service';
import { SetupToken } from '../../users/setup-token';

/** What the operator is told of a server that has started. */
export interface StartedServer {
  /** Where it answers, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Null once there is an account. */
  readonly setupToken: string | null;
  readonly redisAnswers: boolean;
}

export async function describeServer({ app, url }: RunningServer): Promise<StartedServer> {
  const redisIsThere = await redisAnswers(app.get(RedisService));
  const firstAccount = await app.get(RegistrationService).firstAdminIsMissing();
  return {
    url,
    setupToken: firstAccount ? app.get(SetupToken).value : null,
    redisAnswers: redisIsThere,
  };
}

/** The connection is made in the background, so it gets two seconds. */
function redisAnswers({ client }: RedisService): Promise<boolean> {
  const ping = () =>
    client.ping().then(
      () => true,
      () => null,
    );
  return pollUntil<boolean>(ping, { deadlineMs: 2_000, everyMs: 200 }, () => false);
}
