import 'reflect-metadata';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  Module,
  Param,
  Query,
  Res,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RouterExecutionContext } from '@nestjs/core/router/router-execution-context';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { of } from 'rxjs';
import { DirectRoutes, useDirectRoutes } from './direct-routes';

const guard = (answer: () => boolean | Promise<boolean>) =>
  UseGuards({ canActivate: answer } satisfies CanActivate);
const failing = (): PipeTransform => ({
  transform: () => {
    throw new Error('at once');
  },
});
const failingLater = (): PipeTransform => ({
  transform: () => Promise.reject(new Error('later')),
});
const seen: unknown[] = [];

@Controller()
class Sample {
  @Get('plain') plain(): object {
    return { ok: true };
  }
  @Get('promise') @HttpCode(202) @Header('x-own', 'yes') promise(): Promise<object> {
    return Promise.resolve({ ok: true });
  }
  @Get('observable') observable() {
    return of({ ok: true });
  }
  @Get('param/:id') param(@Query('a') a: string, @Param('id') id: string): object {
    return { a, id };
  }
  @Get('reply') reply(@Res() reply: FastifyReply, @Query('a') a: string): void {
    void reply.send({ own: a });
  }
  @Get('no') @guard(() => false) no(): void {}
  @Get('no-later') @guard(() => Promise.resolve(false)) noLater(): void {}
  @Get('yes-later')
  @UseGuards({ canActivate: (c: ExecutionContext) => seen.push(c.getHandler()) > 0 })
  @guard(() => Promise.resolve(true))
  yesLater(): object {
    return { ok: true };
  }
  @Get('throws') throws(): void {
    throw new Error('a defect');
  }
  @Get('rejects') rejects(): Promise<void> {
    return Promise.reject(new Error('a defect'));
  }
  @Get('pipes') pipes(@Query('a', failingLater()) _a: string, @Query('b', failing()) _b: string) {}
}

@Module({ controllers: [Sample] })
class SampleModule {}

describe(useDirectRoutes.name, () => {
  let app: NestFastifyApplication;
  const get = async (url: string) => {
    const { statusCode, payload, headers } = await app.inject({ method: 'GET', url });
    return { statusCode, body: JSON.parse(payload) as unknown, own: headers['x-own'] };
  };

  async function start(direct: boolean): Promise<void> {
    app = await NestFactory.create<NestFastifyApplication>(SampleModule, new FastifyAdapter(), {
      logger: false,
    });
    // Waits for each value, as a global pipe that validates does.
    app.useGlobalPipes({ transform: (value: unknown) => Promise.resolve(value) });
    if (direct) useDirectRoutes(app);
    await app.init();
  }
  afterEach(() => app.close());

  it('takes the place of the router of Nest', async () => {
    const create = jest.spyOn(DirectRoutes.prototype, 'create');
    const nest = jest.spyOn(RouterExecutionContext.prototype, 'create');
    await start(true);
    expect(create).toHaveBeenCalledTimes(11);
    expect(nest).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });

  it.each([
    'plain',
    'promise',
    'observable',
    'param/7?a=b',
    'reply?a=b',
    'no',
    'no-later',
    'yes-later',
    'throws',
    'rejects',
    'pipes?a=1&b=2',
  ])('answers /%s as Nest does', async (path) => {
    await start(false);
    const expected = await get(`/${path}`);
    await app.close();
    await start(true);
    expect(await get(`/${path}`)).toEqual(expected);
  });
});
