import type { GuardsConsumer, GuardsContextCreator } from '@nestjs/core/guards';
import type { ContextUtils } from '@nestjs/core/helpers/context-utils';
import type { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer';
import type { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator';
import type { PipesConsumer } from '@nestjs/core/pipes/pipes-consumer';
import type { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator';
import type { IRouteParamsFactory } from '@nestjs/core/router/interfaces/route-params-factory.interface';
import type { RouterResponseController } from '@nestjs/core/router/router-response-controller';
import type { ParamProperties } from '@nestjs/core/router/router-execution-context';

/** What Nest makes a handler of. Private there: a test holds that all of it is still found. */
export interface RouterParts {
  readonly paramsFactory: IRouteParamsFactory;
  readonly pipesContextCreator: PipesContextCreator;
  readonly pipesConsumer: PipesConsumer;
  readonly guardsContextCreator: GuardsContextCreator;
  readonly guardsConsumer: GuardsConsumer;
  readonly interceptorsContextCreator: InterceptorsContextCreator;
  readonly interceptorsConsumer: InterceptorsConsumer;
  readonly contextUtils: ContextUtils;
  readonly responseController: RouterResponseController;
  isResponseHandled(instance: object, methodName: string, params: ParamProperties[]): boolean;
}
