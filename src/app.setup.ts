import { ACCESS_FAILURES } from './auth/access/access-failures';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from '@fastify/cors';
import helmet from 'helmet';
import { Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module';
import { ErrorFilter, sendFailure } from './http/envelope/error.filter';
import { UnreadableRequestError } from './http/errors/request.errors';
import { EnvelopeAdapter } from './http/envelope/envelope.adapter';
import { buildOpenApiDocument } from './http/openapi/document';
import { serveSwaggerUi } from './http/openapi/swagger-ui/swagger-ui';
import { answerBrokenConnection, refuseExpectation } from './http/connections/broken-connection';
import { KEEP_ALIVE_MS, keepLongerThanAnnounced } from './http/connections/keep-alive';
import { drainUnreadBody } from './http/connections/unread-body';
import { registerBodyParsers } from './http/input/body-parsers';
import { requestIdOf } from './http/request/request-context';
import { StrictValidationPipe } from './http/input/strict-validation.pipe';
import { UndeclaredInputGuard } from './http/input/undeclared-input.guard';
import { useDirectRoutes } from './http/routing/direct-routes';
import type { Settings } from './platform/config/settings';
import { SETUP_TOKEN_HEADER } from './users/setup-token';
import { traceRequest } from './platform/logging/request-trace';

/** Largest JSON body: a batch of 1000 computations stays well below. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** The application as it serves requests; shared by `main.ts` and the tests, which differ in settings only. */
export async function createApp(settings: Settings): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for(settings),
    createAdapter(settings),
    { bufferLogs: true, abortOnError: false },
  );
  app.useLogger(app.get(Logger));
  app.flushLogs();
  useDirectRoutes(app);

  app.useGlobalPipes(new StrictValidationPipe());
  app.useGlobalGuards(new UndeclaredInputGuard());
  app.useGlobalFilters(new ErrorFilter());
  registerBodyParsers(app, BODY_LIMIT_BYTES);
  drainUnreadBodies(app);
  await addBrowserProtection(app, settings);
  serveSwaggerUi(app, () => buildOpenApiDocument(app, ACCESS_FAILURES));
  return app;
}

function createAdapter(settings: Settings): EnvelopeAdapter {
  const frameworkLogger = new NestLogger('Http');
  return new EnvelopeAdapter({
    ...(settings.tlsCert && settings.tlsKey
      ? { https: { cert: readFileSync(settings.tlsCert), key: readFileSync(settings.tlsKey) } }
      : {}),
    genReqId: requestIdOf,
    bodyLimit: BODY_LIMIT_BYTES,
    // An upload of millions of labelled records takes minutes; headers must still come within 60 s.
    requestTimeout: 900_000,
    exposeHeadRoutes: false, // some GETs change something, and a HEAD must never
    clientErrorHandler: answerBrokenConnection,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendFailure(new UnreadableRequestError('other', error), request, reply, frameworkLogger),
  });
}

function drainUnreadBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onResponse', (request, _reply, done) => {
    if (!request.raw.complete) drainUnreadBody(request.raw);
    done();
  });
  fastify.server.on('checkExpectation', refuseExpectation);
  keepLongerThanAnnounced(fastify.server);
}

/** Headers that are the same in every answer, made once. */
function addConstantHeaders(app: NestFastifyApplication, settings: Settings): void {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  const protect = helmet({
    contentSecurityPolicy: {
      directives: {
        'style-src': ["'self'"],
        'upgrade-insecure-requests': null, // without TLS, Swagger UI would not load
      },
    },
    strictTransportSecurity: settings.tlsCert !== null,
  });
  const recorder = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  protect({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      void reply.headers(headers).header('x-request-id', request.id);
      traceRequest(request.id, done);
    });
}

async function addBrowserProtection(
  app: NestFastifyApplication,
  settings: Settings,
): Promise<void> {
  addConstantHeaders(app, settings);
  const { corsOrigins } = settings;
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: corsOrigins.includes('*') ? true : [...corsOrigins],
      methods: ['GET', 'POST', 'PUT', 'DELETE'],
      allowedHeaders: [
        'token',
        'authorization',
        'content-type',
        'accept-language',
        'idempotency-key',
        'last-event-id',
        SETUP_TOKEN_HEADER,
        'x-request-id',
      ],
      exposedHeaders: ['x-request-id', 'x-total-count', 'retry-after'],
    });
  }
}
