import { AppBusyError, AppNotInstalledError } from '../installations/installation.errors';
import { UnknownAppError } from '../resolver/template.errors';

/** Failures of the calls on one app, for the OpenAPI document. */
export const UNKNOWN_APP = new UnknownAppError('nosuchapp');
export const NOT_INSTALLED = new AppNotInstalledError('hello');
export const APP_BUSY = new AppBusyError('hello', 'installing');
