import http from 'node:http';
import https from 'node:https';
import { Module } from 'node:module';
// eslint-disable-next-line @typescript-eslint/no-require-imports
import transports = require('docker-modem/lib/http');

/**
 * Makes the client library use the plain transports of Node. Its own follow redirects to any address, and an
 * address that they cannot read ends the process from within a callback. The engine answers with a redirect to
 * a path that is not clean, so following one could only ever serve somebody who put such a path there.
 */
export function useTransportsWithoutRedirects(): void {
  transports.http = http;
  transports.https = https;
}

/**
 * The client library loads SSH for hosts with `ssh://` and gRPC for sessions of BuildKit with its first line: 150 files
 * of a start. Nothing here uses either, so each is loaded when it is called. This file must be imported before `dockerode`.
 */
function loadWhenCalled(id: string): void {
  const path = require.resolve(id);
  const placeholder = new Module(path);
  placeholder.loaded = true;
  placeholder.exports = (...args: unknown[]): unknown => {
    delete require.cache[path];
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require(path) as (...args: unknown[]) => unknown)(...args);
  };
  require.cache[path] ??= placeholder;
}

loadWhenCalled('docker-modem/lib/ssh');
loadWhenCalled('dockerode/lib/session');
