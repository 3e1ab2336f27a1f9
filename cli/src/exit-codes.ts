import {
  AccountBanned,
  AddressBanned,
  AlreadyExists,
  ApiError,
  AppJobFailed,
  AwaitingApproval,
  ComputeBanned,
  Conflict,
  ConnectionError,
  InvalidParameter,
  InviteCodeNotValid,
  NotFound,
  NotSignedIn,
  PermissionDenied,
  QuotaExceeded,
  ServerError,
  ServiceUnavailable,
  TooManyInviteCodes,
  TooManyRequests,
  UnexpectedAnswer,
  UserNameTaken,
  WrongCredentials,
} from '@stackscape/client';

/** How a command ended; scripts may rely on these. */
export const ExitCode = {
  done: 0,
  unexpected: 1,
  usage: 2,
  notSignedIn: 3,
  denied: 4,
  notFound: 5,
  conflict: 6,
  invalid: 7,
  tooMany: 8,
  noConnection: 9,
  serverError: 10,
  jobFailed: 11,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A wrong use of the command line; the message says what to do. */
export class UsageError extends Error {}

/** What was asked for was done, and it did not go well (an app failed, a task was terminated). */
export class JobFailedError extends Error {}

// The first class that fits counts: subclasses stand before their parents.
const codes: readonly (readonly [abstract new (...args: never[]) => Error, ExitCode])[] = [
  [UsageError, ExitCode.usage],
  [JobFailedError, ExitCode.jobFailed],
  [AppJobFailed, ExitCode.jobFailed],
  [WrongCredentials, ExitCode.notSignedIn],
  [NotSignedIn, ExitCode.notSignedIn],
  [AccountBanned, ExitCode.denied],
  [AwaitingApproval, ExitCode.denied],
  [AddressBanned, ExitCode.denied],
  [ComputeBanned, ExitCode.denied],
  [PermissionDenied, ExitCode.denied],
  [InviteCodeNotValid, ExitCode.denied],
  [NotFound, ExitCode.notFound],
  [AlreadyExists, ExitCode.conflict],
  [UserNameTaken, ExitCode.conflict],
  [Conflict, ExitCode.conflict],
  [QuotaExceeded, ExitCode.tooMany],
  [TooManyInviteCodes, ExitCode.tooMany],
  [TooManyRequests, ExitCode.tooMany],
  [InvalidParameter, ExitCode.invalid],
  [ServiceUnavailable, ExitCode.noConnection],
  [ServerError, ExitCode.serverError],
  [ConnectionError, ExitCode.noConnection],
  [UnexpectedAnswer, ExitCode.noConnection],
  [ApiError, ExitCode.invalid],
];

export function exitCodeOf(error: unknown): ExitCode {
  return codes.find(([type]) => error instanceof type)?.[1] ?? ExitCode.unexpected;
}
