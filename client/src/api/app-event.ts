import type { Schema } from '../calls/call-types.js';

/** What people see of the work on an app. */
export type AppPhase = Schema<'AppPhase'>;

interface EventOf<Type extends string> {
  readonly type: Type;
  /** Goes into `lastEventId` to continue after this event. */
  readonly id: string;
}

/** The work reached a phase. */
export type AppPhaseEvent = EventOf<'phase'> & Schema<'AppPhaseEventDto'>;
/** How far the work is. */
export type AppProgressEvent = EventOf<'progress'> & Schema<'AppProgressEventDto'>;
/** What is being done now, in the language of the client. */
export type AppLogEvent = EventOf<'log'> & Schema<'AppLogEventDto'>;
/** A container started, stopped, died or changed its health. */
export type AppStatusEvent = EventOf<'status'> & Schema<'AppStatusEventDto'>;
/** How far the work on one of its backups is. */
export type AppBackupEvent = EventOf<'backup'> & Schema<'AppBackupEventDto'>;
/** An upgrade would change something that was not told before. */
export type AppUpdateEvent = EventOf<'update'> & Schema<'AppUpdateEventDto'>;

export type AppEvent =
  AppPhaseEvent | AppProgressEvent | AppLogEvent | AppStatusEvent | AppBackupEvent | AppUpdateEvent;
