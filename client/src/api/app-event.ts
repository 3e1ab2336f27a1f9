/** What people see of the work on an app. */
export type AppPhase =
  | 'queued'
  | 'preflight'
  | 'pulling'
  | 'creating'
  | 'starting'
  | 'waiting'
  | 'running'
  | 'rolling-back'
  | 'uninstalling'
  | 'failed'
  | 'cancelled'
  | 'removed';

interface AppEventBase {
  /** Goes into `lastEventId` to continue after this event. */
  readonly id: string;
  readonly appName: string;
  /** The installation; the `info` of the answer to an install. */
  readonly jobId: string | null;
  /** ISO 8601. */
  readonly at: string;
}

/** The work reached a phase. */
export interface AppPhaseEvent extends AppEventBase {
  readonly type: 'phase';
  readonly phase: AppPhase;
  /** Percent. */
  readonly progress?: number;
  /** Why it failed, in the language of the client. */
  readonly text?: string;
  readonly logs?: readonly string[];
  /** What was undone after a failure. */
  readonly undone?: readonly string[];
  readonly upgrade?: boolean;
  readonly upgraded?: boolean;
  readonly removeData?: boolean;
}

/** How far the work is. */
export interface AppProgressEvent extends AppEventBase {
  readonly type: 'progress';
  readonly phase: AppPhase;
  /** Percent. */
  readonly progress: number;
}

/** What is being done now, in the language of the client. */
export interface AppLogEvent extends AppEventBase {
  readonly type: 'log';
  readonly text: string;
}

/** A container started, stopped, died or changed its health. */
export interface AppStatusEvent extends AppEventBase {
  readonly type: 'status';
  /** The engine's word, e.g. `start`, `die`, `health_status: healthy`. */
  readonly action: string;
  readonly container?: string;
  readonly exitCode?: number;
}

export type AppEvent = AppPhaseEvent | AppProgressEvent | AppLogEvent | AppStatusEvent;
