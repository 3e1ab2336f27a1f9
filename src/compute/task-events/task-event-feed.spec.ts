import type { EventStream } from '../../http/streams/event-stream';
import { TaskEventFeed } from './task-event-feed';
import type { TaskEventsService } from '../tasks/task-events.service';

describe(TaskEventFeed.name, () => {
  it('does not go on for a reader that went away before it had joined', async () => {
    jest.useFakeTimers();
    const events = { latestId: () => Promise.resolve(0), listAfter: () => Promise.resolve([]) };
    const sut = new TaskEventFeed(events as unknown as TaskEventsService);
    const gone = { signal: AbortSignal.abort() } as EventStream;
    await sut.follow(gone, {} as never, { lastEventId: '5000000' });
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
