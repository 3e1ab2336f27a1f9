import type { ArgumentMetadata, CanActivate, PipeTransform } from '@nestjs/common';
import {
  RouterExecutionContext,
  type ParamProperties,
} from '@nestjs/core/router/router-execution-context';
import { RouterProxy, type RouterProxyCallback } from '@nestjs/core/router/router-proxy';
import type { CustomHeader } from '@nestjs/core/router/router-response-controller';
import { ParamsTokenFactory } from '@nestjs/core/pipes/params-token-factory';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import type { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler';
import { lastValueFrom, isObservable } from 'rxjs';
import { readArguments, type Call, type Parameter } from './read-arguments';
import type { RouterParts } from './router-parts';
import { isPromise, settle } from '../../platform/waiting/settle';

type Handler = (...call: Call) => Promise<void> | undefined;
const paramTypes = new ParamsTokenFactory();
type Create = RouterExecutionContext['create'];

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
  routerExplorer.executionContextCreator = new DirectRoutes(routerExplorer.executionContextCreator);
  routerExplorer.routerProxy = new DirectProxy();
}

export class DirectRoutes extends RouterExecutionContext {
  private readonly parts: RouterParts;

  constructor(present: RouterExecutionContext) {
    const parts = present as unknown as RouterParts;
    super(
      parts.paramsFactory,
      parts.pipesContextCreator,
      parts.pipesConsumer,
      parts.guardsContextCreator,
      parts.guardsConsumer,
      parts.interceptorsContextCreator,
      parts.interceptorsConsumer,
      present.applicationRef,
    );
    this.parts = this as unknown as RouterParts;
  }

  override create(...route: Parameters<Create>): ReturnType<Create> {
    const [instance, callback, methodName, moduleKey, requestMethod, contextId, inquirerId] = route;
    const scope = [instance, callback, moduleKey, contextId, inquirerId] as const;
    const usual =
      this.parts.interceptorsContextCreator.create(...scope).length === 0 &&
      !this.reflectSse(callback) &&
      !this.reflectRenderTemplate(callback) &&
      !this.reflectRedirect(callback);
    if (!usual) return super.create(...route);

    const { argsLength, getParamsMetadata, paramtypes, httpStatusCode, responseHeaders } =
      this.getMetadata(instance, callback, methodName, moduleKey, requestMethod, 'http');
    const declared = getParamsMetadata(moduleKey, contextId, inquirerId);
    const parameters = this.parametersOf(
      this.parts.contextUtils.mergeParamsMetatypes(declared, paramtypes),
      this.parts.pipesContextCreator.create(...scope),
    );
    const answersItself = this.parts.isResponseHandled(instance, methodName, declared);
    const headers = responseHeaders as CustomHeader[];
    const responses = this.parts.responseController;

    const send = (result: unknown, reply: unknown): Promise<void> | undefined => {
      if (isObservable(result)) return lastValueFrom(result).then((last) => send(last, reply));
      if (!answersItself) this.applicationRef.reply(reply, result, httpStatusCode);
      return undefined;
    };
    const answer: Handler = (...call) => {
      const [, reply] = call;
      responses.setStatus(reply, httpStatusCode);
      if (headers.length > 0) responses.setHeaders(reply, headers);
      return settle(readArguments(parameters, argsLength, call), (args) =>
        settle(callback.apply(instance, args), (result) => send(result, reply)),
      );
    };
    const guards = this.parts.guardsContextCreator.create(...scope);
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
    declared: readonly ParamProperties[],
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
        // Not returned: Fastify would answer nothing at its end, before a stream has begun.
        if (isPromise(done)) done.then(undefined, (error: unknown) => fail(error, call));
        return undefined;
      } catch (error) {
        return fail(error, call);
      }
    };
    return handler as never;
  }
}
