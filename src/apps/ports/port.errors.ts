import { domainError } from '../../platform/errors/domain-error';

export class PortRangeExhaustedError extends domainError(
  'conflict',
  (setting: 'APP_PORT_RANGE' | 'DB_PORT_RANGE', from: number, to: number) =>
    `${from}-${to} 之间没有空闲端口：请卸载不用的应用，或扩大 ${setting}。`,
  (setting, from, to) =>
    `No port from ${from} to ${to} is free: uninstall an app or widen ${setting}.`,
) {}

/** A port that the user asked for is in use. */
export class PortNotFreeError extends domainError(
  'conflict',
  (port: number) => `指定的端口 ${port} 已被占用，请换一个端口或不指定。`,
  (port) => `The requested port ${port} is in use; choose another one or none.`,
) {}
