import { ACCESS_FAILURES } from '../../src/auth/access/access-failures';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module';
import { loadSettings } from '../../src/platform/config/load-settings';
import { buildOpenApiDocument } from '../../src/http/openapi/document';

/** The OpenAPI document as text with sorted keys; needs no service, because nothing is instantiated. */
export async function generateDocument(): Promise<string> {
  const settings = loadSettings({
    DATABASE_URL: 'mysql://localhost/x',
    REDIS_URL: 'redis://localhost',
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for(settings),
    new FastifyAdapter(),
    {
      preview: true,
      logger: false,
      abortOnError: false,
    },
  );
  return `${JSON.stringify(sorted(buildOpenApiDocument(app, ACCESS_FAILURES)), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
