import type { ArgumentMetadata, CanActivate, PipeTransform } from '@nestjs/common';
import { RouterExecutionContext } from '@nestjs/core/router/router-execution-context';
import { RouterProxy, type RouterProxyCallback } from '@nestjs/core/router/router-proxy';
import { ParamsTokenFactory } from '@nestjs/core/pipes/params-token-factory';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import type { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler';
import { lastValueFrom, isObservable } from 'rxjs';
import { isPromise, settle } from './settle';

/** Fastify's three arguments of a handler. */
type Call = readonly [request: unknown, reply: unknown, next: unknown];
type Handler = (...call: Call) => Promise<void> | undefined;
const paramTypes = new ParamsTokenFactory();
type Create = RouterExecutionContext['create'];

/** One parameter of a handler: where its value comes from and the pipes that check it. */
interface Parameter {
  readonly index: number;
  readonly extractValue: (...call: Call) => unknown;
  readonly metadata: ArgumentMetadata;
  readonly pipes: readonly PipeTransform[];
}

/** What of Nest's router is replaced. Private there: a test holds that it is still found. */
interface Explorer {
  executionContextCreator: RouterExecutionContext;
  routerProxy: RouterProxy;
}

/**
 * Calls handlers as Nest does, guards, pipes and filters included, but with a promise only where
 * something is waited for. Nest makes about twenty for each request, which costs more than the
 * handlers of hot routes. Call it before the application is initialised.
 */
export function useDirectRoutes(app: object): void {
  const { routerExplorer } = (app as { routesResolver: { routerExplorer: Explorer } })
    .routesResolver;
  const present = routerExplorer.executionContextCreator;
  routerExplorer.executionContextCreator = new DirectRoutes(
    present['paramsFactory'],
    present['pipesContextCreator'],
    present['pipesConsumer'],
    present['guardsContextCreator'],
    present['guardsConsumer'],
    present['interceptorsContextCreator'],
    present['interceptorsConsumer'],
    present.applicationRef,
  );
  routerExplorer.routerProxy = new DirectProxy();
}

export class DirectRoutes extends RouterExecutionContext {
  override create(...route: Parameters<Create>): ReturnType<Create> {
    const [instance, callback, methodName, moduleKey, requestMethod, contextId, inquirerId] = route;
    const scope = [instance, callback, moduleKey, contextId, inquirerId] as const;
    const usual =
      this['interceptorsContextCreator'].create(...scope).length === 0 &&
      !this.reflectSse(callback) &&
      !this.reflectRenderTemplate(callback) &&
      !this.reflectRedirect(callback);
    if (!usual) return super.create(...route);

    const { argsLength, getParamsMetadata, paramtypes, httpStatusCode, responseHeaders } =
      this.getMetadata(instance, callback, methodName, moduleKey, requestMethod, 'http');
    const declared = getParamsMetadata(moduleKey, contextId, inquirerId);
    const parameters = this.parametersOf(
      this['contextUtils'].mergeParamsMetatypes(declared, paramtypes),
      this['pipesContextCreator'].create(...scope),
    );
    const answersItself = this['isResponseHandled'](instance, methodName, declared);
    const responses = this['responseController'];

    const send = (result: unknown, reply: unknown): Promise<void> | undefined => {
      if (isObservable(result)) return lastValueFrom(result).then((last) => send(last, reply));
      if (!answersItself) this.applicationRef.reply(reply, result, httpStatusCode);
      return undefined;
    };
    const answer: Handler = (...call) => {
      const [, reply] = call;
      responses.setStatus(reply, httpStatusCode);
      if (responseHeaders.length > 0) responses.setHeaders(reply, responseHeaders);
      return settle(readArguments(parameters, argsLength, call), (args) =>
        settle(callback.apply(instance, args), (result) => send(result, reply)),
      );
    };
    const guards = this['guardsContextCreator'].create(...scope);
    return this.guarded(guards, instance, callback, answer) as ReturnType<Create>;
  }

  /** From the first guard on that does not say yes at once, Nest goes on. */
  private guarded(
    guards: readonly CanActivate[],
    instance: object,
    callback: Parameters<Create>[1],
    answer: Handler,
  ): Handler {
    return (...call) => {
      const args = [...call];
      const context = new ExecutionContextHost(args, instance.constructor as never, callback);
      for (let i = 0; i < guards.length; i++) {
        const verdict = guards[i]!.canActivate(context);
        if (verdict === true) continue;
        const open = [{ canActivate: () => verdict }, ...guards.slice(i + 1)];
        return this.createGuardsFn(open, instance, callback)?.(args).then(() => answer(...call));
      }
      return answer(...call);
    };
  }

  private parametersOf(
    declared: readonly ReturnType<RouterExecutionContext['exchangeKeysForValues']>[number][],
    globalPipes: readonly PipeTransform[],
  ): Parameter[] {
    return declared.map(({ index, extractValue, type, pipes, ...rest }) => ({
      index,
      extractValue: extractValue as unknown as Parameter['extractValue'],
      metadata: {
        type: paramTypes.exchangeEnumForString(type as never),
        ...rest,
      } as ArgumentMetadata,
      pipes: this.isPipeable(type) ? [...globalPipes, ...pipes] : [],
    }));
  }
}

/** Hands failures to the exception filters of the route. */
class DirectProxy extends RouterProxy {
  override createProxy(target: RouterProxyCallback, filters: ExceptionsHandler): never {
    const fail = (error: unknown, call: Call): undefined => {
      filters.next(error as Error, new ExecutionContextHost([...call]));
    };
    const handler: Handler = (...call) => {
      try {
        const done: unknown = (target as Handler)(...call);
        return isPromise(done)
          ? done.then(undefined, (error: unknown) => fail(error, call))
          : undefined;
      } catch (error) {
        return fail(error, call);
      }
    };
    return handler as never;
  }
}

/** The values of all parameters; those that a pipe has to wait for are waited for together. */
function readArguments(
  parameters: readonly Parameter[],
  count: number,
  call: Call,
): unknown[] | Promise<unknown[]> {
  const args = new Array<unknown>(count).fill(null);
  // Only what pipes give: a reply of Fastify, too, has a `then`, and it waits for its own end.
  const waiting: Promise<void>[] = [];
  for (const { index, extractValue, metadata, pipes } of parameters) {
    if (pipes.length === 0) {
      args[index] = extractValue(...call);
      continue;
    }
    const piped = throughPipes(extractValue(...call), pipes, metadata);
    if (isPromise(piped)) waiting.push(piped.then((value) => void (args[index] = value)));
    else args[index] = piped;
  }
  return waiting.length > 0 ? Promise.all(waiting).then(() => args) : args;
}

/** Never throws, so that no value that is waited for is left alone when another one fails. */
function throughPipes(
  value: unknown,
  pipes: readonly PipeTransform[],
  metadata: ArgumentMetadata,
): unknown {
  try {
    return pipes.reduce(
      (piped, pipe) => settle(piped, (settled) => pipe.transform(settled, metadata) as unknown),
      value,
    );
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
