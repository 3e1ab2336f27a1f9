import { randomBytes } from 'node:crypto';
import { AnswerQueue } from '../../../src/platform/queue/answer-queue';
import { QuestionQueues } from '../../../src/platform/queue/question-queues';
import { RedisService } from '../../../src/platform/redis/redis.service';
import type { Settings } from '../../../src/platform/config/settings';
import { pollUntil } from '../../support/poll-until';

describe(QuestionQueues.name, () => {
  const settings = {
    redisUrl: process.env['TEST_REDIS_URL'],
    redisPrefix: `questions-${randomBytes(5).toString('hex')}`,
  } as Settings;
  const redis = new RedisService(settings);
  const questions = new QuestionQueues<{ n: number }, { n: number }>(settings, redis);
  const name = 'doubles';
  const asked: number[] = [];
  let finish: (() => void) | null = null;
  const answers = new AnswerQueue<{ n: number }, { n: number }>(settings, redis, {
    queueName: () => Promise.resolve(name),
    concurrency: 4,
    reply: ({ n }) => {
      asked.push(n);
      if (n < 0) return Promise.reject(new Error('below zero'));
      if (n === 0) return new Promise(() => undefined);
      return Promise.resolve({ n: 2 * n });
    },
  });
  beforeAll(async () => {
    expect(await pollUntil('Redis', () => questions.isAnswered(name).then((there) => [there], () => null))).toEqual([false]); // prettier-ignore
    answers.begin();
    await pollUntil('the answering one to be there', () => questions.isAnswered(name));
  });
  afterAll(async () => {
    await answers.end();
    await questions.close();
    for (const key of await redis.client.keys(`*${settings.redisPrefix}*`))
      await redis.client.del(key);
    redis.onModuleDestroy();
  });

  it('answers many at once, each with its own', async () => {
    const numbers = Array.from({ length: 40 }, (_, i) => i + 1);
    const replies = await Promise.all(numbers.map((n) => questions.ask(name, { n }, 30_000)));
    expect(replies).toEqual(numbers.map((n) => ({ n: 2 * n })));
  });

  it('says what went wrong there', async () => {
    await expect(questions.ask(name, { n: -1 }, 30_000)).rejects.toThrow('below zero');
  });

  it('hands over what is being answered before it ends', async () => {
    const second = new AnswerQueue<{ n: number }, { n: number }>(settings, redis, {
      queueName: () => Promise.resolve('ending'),
      concurrency: 1,
      reply: ({ n }) => new Promise((resolve) => (finish = () => resolve({ n: 2 * n }))),
    });
    second.begin();
    await pollUntil('the second one to be there', () => questions.isAnswered('ending'));
    const reply = questions.ask('ending', { n: 21 }, 30_000);
    await pollUntil('the question to be taken up', () => finish !== null);
    const ended = second.end();
    finish!();
    await ended;
    expect(await reply).toEqual({ n: 42 });
  });

  it('gives up after the deadline, and withdraws what nobody has taken up', async () => {
    expect(await questions.ask(name, { n: 0 }, 300)).toBeNull();
    expect(asked).toContain(0);
    await redis.client.set(redis.key('answers', 'nobody'), '1', 'EX', 60);
    expect(await questions.ask('nobody', { n: 7 }, 300)).toBeNull();
    const left = await redis.client.keys(`{${settings.redisPrefix}-queue}:nobody:[0-9]*`);
    expect(left).toEqual([]);
  });

  it('does not wait for one that has gone', async () => {
    await redis.client.set(redis.key('answers', 'gone'), '1', 'EX', 60);
    const reply = questions.ask('gone', { n: 7 }, 3_600_000);
    await redis.client.del(redis.key('answers', 'gone'));
    expect(await reply).toBeNull();
  });
});
