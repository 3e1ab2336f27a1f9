/** A field of the request that the server did not accept. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** Anything that went wrong between this client and the server. */
export class StackScapeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer: the server is down, the name is unknown, the connection broke. `cause` has the reason. */
export class ConnectionError extends StackScapeError {}

/** No answer in time. */
export class TimeoutError extends ConnectionError {}

/** An answer that is none of StackScape's, for example the error page of a proxy. */
export class UnexpectedAnswer extends StackScapeError {
  constructor(
    message: string,
    /** HTTP status. */
    readonly status: number,
    /** The first characters of the answer. */
    readonly body: string,
  ) {
    super(message);
  }
}

/** What the server said when it refused a call. */
export interface Refusal {
  /** Number of the code table, e.g. 40305. */
  readonly code: number;
  /** HTTP status. */
  readonly status: number;
  /** A sentence in the language of the client. */
  readonly message: string;
  /** Names this call in the server's log. */
  readonly requestId: string | null;
  /** The fields that were not accepted (code 30001). */
  readonly fields: readonly FieldProblem[];
  /** Seconds to wait before another try. */
  readonly retryAfter: number | null;
}

/** The server refused the call. Each code has a class of its own below. */
export class ApiError extends StackScapeError implements Refusal {
  readonly code: number;
  readonly status: number;
  readonly requestId: string | null;
  readonly fields: readonly FieldProblem[];
  readonly retryAfter: number | null;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.code = refusal.code;
    this.status = refusal.status;
    this.requestId = refusal.requestId;
    this.fields = refusal.fields;
    this.retryAfter = refusal.retryAfter;
  }
}

/** 20001: a user or app of this name exists. */
export class AlreadyExists extends ApiError {}
/** 30000: refused; the message says why. */
export class BadRequest extends ApiError {}
/** 30000 with 404: there is no such thing. */
export class NotFound extends BadRequest {}
/** 30000 with 409: not possible in the present state. */
export class Conflict extends BadRequest {}
/** 30000 with 429: wait `retryAfter` seconds. */
export class TooManyRequests extends BadRequest {}
/** 30001: `fields` names what was wrong. */
export class InvalidParameter extends ApiError {}
/** 40000, or one of its subclasses: sign in (again). */
export class NotSignedIn extends ApiError {}
/** 40001 */
export class TokenExpired extends NotSignedIn {}
/** 40002 */
export class TokenInvalid extends NotSignedIn {}
/** 40300: the role is not enough, or it belongs to somebody else. */
export class PermissionDenied extends ApiError {}
/** 40303: this address may not compute. */
export class AddressBanned extends ApiError {}
/** 40304: this user may not compute. */
export class ComputeBanned extends ApiError {}
/** 40305: the quota of the day is used up. */
export class QuotaExceeded extends ApiError {}
/** 50000: give `requestId` to the administrator. */
export class ServerError extends ApiError {}
/** 50000 with 503: a service that the server needs is down. */
export class ServiceUnavailable extends ServerError {}
/** 60101 */
export class WrongCredentials extends ApiError {}
/** 60102 */
export class AccountBanned extends ApiError {}
/** 60103 */
export class AwaitingApproval extends ApiError {}
/** 60201 */
export class UserNameTaken extends ApiError {}
/** 60202 */
export class InviteCodeNotValid extends ApiError {}
/** 60401 */
export class TooManyInviteCodes extends ApiError {}
/** 0 */
export class NotImplemented extends ApiError {}

const classOfCode: Readonly<Record<number, typeof ApiError>> = {
  0: NotImplemented,
  20001: AlreadyExists,
  30000: BadRequest,
  30001: InvalidParameter,
  40000: NotSignedIn,
  40001: TokenExpired,
  40002: TokenInvalid,
  40300: PermissionDenied,
  40303: AddressBanned,
  40304: ComputeBanned,
  40305: QuotaExceeded,
  50000: ServerError,
  60101: WrongCredentials,
  60102: AccountBanned,
  60103: AwaitingApproval,
  60201: UserNameTaken,
  60202: InviteCodeNotValid,
  60401: TooManyInviteCodes,
};

/** The error of a refusal, in the class of its code; ApiError for a code of a newer server. */
export function errorOf(refusal: Refusal): ApiError {
  const { code, status } = refusal;
  if (code === 30000 && status === 404) return new NotFound(refusal);
  if (code === 30000 && status === 409) return new Conflict(refusal);
  if (code === 30000 && status === 429) return new TooManyRequests(refusal);
  if (code === 50000 && status === 503) return new ServiceUnavailable(refusal);
  return new (classOfCode[code] ?? ApiError)(refusal);
}

/** Whether `fetch` says that a connection broke: its TypeError, of whatever realm. */
export function isBrokenConnection(error: unknown): boolean {
  return (error as Error | null)?.name === 'TypeError';
}
