import http from 'node:http';
import https from 'node:https';
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
