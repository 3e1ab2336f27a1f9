import { Injectable } from '@nestjs/common';
import type { EventStream } from '../../http/streams/event-stream';
import type { Language } from '../../platform/i18n/bilingual';
import type { AppEvent } from './app-event.entity';
import { AppEventsService } from './app-events.service';

const POLL_MS = 250;
/**
 * Ids are given out when a row is written and visible when it is committed: a few may turn up
 * behind a later one, so each poll goes back this far and skips what was sent.
 */
const LOOK_BACK = 100n;
const BATCH = 500;

interface Reader {
  readonly appName: string | null;
  readonly language: Language;
  readonly stream: EventStream;
  /** What the reader had before it came; never sent again. */
  readonly floor: bigint;
  after: bigint;
  readonly seen: Set<string>;
}

/**
 * Feeds event streams from the event rows, so that a reader misses nothing over a lost connection
 * or a restart of the server: it says which id it had last and goes on from there.
 */
@Injectable()
export class EventFeed {
  private readonly readers = new Set<Reader>();
  private timer: NodeJS.Timeout | null = null;
  private feeding = false;

  constructor(private readonly events: AppEventsService) {}

  /** Sends what came after `lastEventId`, then everything new, until the reader goes. */
  async follow(
    stream: EventStream,
    appName: string | null,
    lastEventId: string,
    language: Language,
  ): Promise<void> {
    const reader: Reader = {
      appName,
      language,
      stream,
      floor: BigInt(lastEventId),
      after: BigInt(lastEventId),
      seen: new Set(),
    };
    while (!stream.signal.aborted) {
      const missed = await this.events.listAfter(String(reader.after), appName, BATCH);
      for (const event of missed) this.send(reader, event);
      if (missed.length < BATCH) break;
    }
    if (stream.signal.aborted) return;
    this.readers.add(reader);
    stream.signal.addEventListener('abort', () => this.leave(reader), { once: true });
    this.timer ??= setInterval(() => void this.feed(), POLL_MS);
  }

  /** One query for all readers, however many. */
  private async feed(): Promise<void> {
    if (this.feeding) return;
    this.feeding = true;
    try {
      const readers = [...this.readers];
      const first = readers.reduce<bigint | null>(
        (least, { after }) => (least === null || after < least ? after : least),
        null,
      );
      if (first === null) return;
      const from = first > LOOK_BACK ? first - LOOK_BACK : 0n;
      const events = await this.events.listAfter(String(from), null, BATCH + Number(LOOK_BACK));
      for (const reader of readers) {
        for (const event of events) {
          if (reader.appName === null || reader.appName === event.appName) this.send(reader, event);
          else if (BigInt(event.id) > reader.after) reader.after = BigInt(event.id);
        }
      }
    } catch {
      // The database is away; the next poll starts from the same id.
    } finally {
      this.feeding = false;
    }
  }

  private send(reader: Reader, event: AppEvent): void {
    const id = BigInt(event.id);
    if (id <= reader.floor || reader.seen.has(event.id) || id + LOOK_BACK <= reader.after) return;
    reader.seen.add(event.id);
    if (reader.seen.size > BATCH + Number(LOOK_BACK)) {
      for (const old of [...reader.seen].slice(0, BATCH)) reader.seen.delete(old);
    }
    if (id > reader.after) reader.after = id;
    const data = JSON.parse(event.data) as Record<string, unknown>;
    const text = data['text'] as { zh: string; en: string } | undefined;
    reader.stream.send({
      id: event.id,
      event: event.type,
      data: {
        appName: event.appName,
        jobId: event.installationId,
        at: event.createdAt.toISOString(),
        ...data,
        ...(text ? { text: text[reader.language] } : {}),
      },
    });
  }

  private leave(reader: Reader): void {
    this.readers.delete(reader);
    if (this.readers.size === 0 && this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    }
  }
}
