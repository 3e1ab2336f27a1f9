import { EngineError } from '../../platform/docker/engine.errors';
import { AppBusyError, AppNotInstalledError } from '../installations/installation.errors';
import {
  InstanceNameTakenError,
  InstanceNameTooLongError,
  UnknownAppError,
} from '../resolver/template.errors';

/** Failures of the calls on one app, for the OpenAPI document. */
export const UNKNOWN_APP = new UnknownAppError('nosuchapp');
export const UNKNOWN_NODE = new EngineError('node-unknown', 'worker-9');
export const NOT_INSTALLED = new AppNotInstalledError('hello');
export const INSTANCE_NAME_TAKEN = new InstanceNameTakenError('hello--world');
export const INSTANCE_NAME_TOO_LONG = new InstanceNameTooLongError(
  `websoft9-hello--${'world'.repeat(10)}`,
);
export const APP_BUSY = new AppBusyError('hello', 'installing');
