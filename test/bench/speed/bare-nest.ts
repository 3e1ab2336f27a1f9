import 'reflect-metadata';
import { getQueueToken, BullModule } from '@nestjs/bull';
import { Controller, Get, Global, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import '@node-rs/argon2';
import type { Queue } from 'bull';
import 'class-transformer';
import 'class-validator';
import Docker from 'dockerode';
import { LoggerModule } from 'nestjs-pino';
import { collectDefaultMetrics } from 'prom-client';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/schema/data-source-options';

/** Nest with the modules of the product, connected to the same services, and one route without any work. */
const environment = process.env as Readonly<Record<string, string>>;

@Controller()
class BareController {
  constructor(
    readonly dataSource: DataSource,
    @Inject(getQueueToken('bare')) readonly queue: Queue,
  ) {}

  @Get('bare')
  bare(): object {
    return { ok: true };
  }
}

@Global()
@Module({
  imports: [
    LoggerModule.forRoot({ pinoHttp: { level: 'warn' }, forRoutes: [] }),
    TypeOrmModule.forRoot(dataSourceOptions(environment['DATABASE_URL'] ?? '')),
    BullModule.forRoot({ url: environment['REDIS_URL'] }),
    BullModule.registerQueue({ name: 'bare' }),
    JwtModule.register({ secret: environment['JWT_SECRET'] }),
    PassportModule,
    TerminusModule,
  ],
  controllers: [BareController],
})
class BareModule {}

async function start(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: ['error'] }); // prettier-ignore
  collectDefaultMetrics();
  SwaggerModule.setup('docs', app, () =>
    SwaggerModule.createDocument(app, new DocumentBuilder().build()),
  );
  void new Docker().ping().catch(() => undefined);
  app.enableShutdownHooks();
  await app.listen(Number(environment['PORT']), '127.0.0.1');
}

void start();
