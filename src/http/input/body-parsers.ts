import { parse } from 'node:querystring';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/**
 * Parses JSON and form bodies. An empty body counts as absent, whatever its content type says:
 * browsers and clients send `application/json` with a POST or DELETE without a body.
 */
export function registerBodyParsers(app: NestFastifyApplication, bodyLimit: number): void {
  const json = app.getHttpAdapter().getInstance().getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit }, (request, body: Buffer, done) => {
    if (body.length === 0) done(null, undefined);
    else void json(request as FastifyRequest, body.toString(), done);
  });
  app.useBodyParser(
    'application/x-www-form-urlencoded',
    { bodyLimit },
    (_request, body: Buffer, done) => done(null, { ...parse(body.toString()) }),
  );
}
