export { StackScapeClient } from './client.js';
export type { ClientOptions, Transport } from './calls/caller.js';
export type {
  Answer,
  BodyOf,
  CallInput,
  CallOptions,
  DataOf,
  OperationId,
  QueryOf,
  Schema,
} from './calls/call-types.js';
export type { UploadBody, UploadOptions, UploadProgress } from './calls/upload.js';
export {
  AccountBanned,
  AddressBanned,
  AlreadyExists,
  ApiError,
  AwaitingApproval,
  BadRequest,
  ComputeBanned,
  Conflict,
  ConnectionError,
  InvalidParameter,
  InviteCodeNotValid,
  NotFound,
  NotImplemented,
  NotSignedIn,
  PermissionDenied,
  QuotaExceeded,
  ServerError,
  ServiceUnavailable,
  StackScapeError,
  TimeoutError,
  TokenExpired,
  TokenInvalid,
  TooManyInviteCodes,
  TooManyRequests,
  UnexpectedAnswer,
  UserNameTaken,
  WrongCredentials,
  type FieldProblem,
} from './errors.js';
export type * from './api/app-event.js';
export { AppJobFailed, type InstallOptions } from './api/apps.js';
export { isBackupAtWork, type ScheduleInput } from './api/backups.js';
export type { Page, TaskEvent } from './api/compute.js';
export type { StreamOptions } from './streams/follow.js';
export type { StreamEnd } from './streams/stream-end.js';
export { passwordDigest } from './session/password-digest.js';
export { memoryTokenStore, type Tokens, type TokenStore } from './session/token-store.js';
export { browserTokenStore, type KeyValueStorage } from './session/browser-token-store.js';
export type { components, operations, paths } from './schema.js';
