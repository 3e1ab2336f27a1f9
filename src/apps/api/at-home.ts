import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { from, type Observable } from 'rxjs';
import { ClientAddresses } from '../../auth/addresses/client-addresses';
import { AlsoFails } from '../../http/openapi/envelopes';
import { PassedAnswer } from '../../http/envelope/passed-answer';
import { Settings } from '../../platform/config/settings';
import { installationNameOf } from '../compose/template/instance';
import { Home } from '../homes/home';
import {
  DataElsewhereError,
  HomeAwayError,
  HomeChangedError,
  HomesOutOfReachError,
  HomeSilentError,
} from '../homes/home.errors';
import { HomeRequestProcessor } from '../homes/home-request.processor';
import { HomeRequests, type HomeName } from '../homes/home-requests';
import { InstallHome } from '../install/install-home';
import { asReceived } from '../homes/passed-request';

type Kind = 'app' | 'install';
const KIND = 'at home';
const DATA_ELSEWHERE = new DataElsewhereError('hello', 'manager-2');
const FAILURES = [
  new HomeAwayError('hello', 'manager-2'),
  new HomeSilentError('hello', 'manager-2'),
  new HomesOutOfReachError('hello', 'manager-2'),
  new HomeChangedError('hello'),
];

/** Where a request belongs; null: here. */
interface Destination {
  readonly home: HomeName | null;
  readonly isFree: boolean;
}

/**
 * A call that is answered where the data of its app are: a server on another node of the Swarm passes it on there.
 * @param kind `install`: of an app that need not exist yet, and that the request may name a node for
 */
export const AtHome = (kind: Kind = 'app'): MethodDecorator =>
  applyDecorators(
    SetMetadata(KIND, kind),
    UseInterceptors(AtHomeInterceptor),
    AlsoFails(...(kind === 'install' ? [...FAILURES, DATA_ELSEWHERE] : FAILURES)),
  );

@Injectable()
export class AtHomeInterceptor implements NestInterceptor {
  constructor(
    private readonly settings: Settings,
    private readonly reflector: Reflector,
    private readonly home: Home,
    private readonly installHome: InstallHome,
    private readonly requests: HomeRequests,
    private readonly processor: HomeRequestProcessor,
    private readonly addresses: ClientAddresses,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (this.settings.orchestrator === 'engine') return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const kind = this.reflector.get<Kind>(KIND, context.getHandler());
    const { appName, instance, node } = namesOf(request);
    // What is no name is refused as everywhere, and here as well as there.
    if (!appName) return next.handle();
    const { home, isFree } =
      kind === 'install'
        ? await this.installHome.of(installationNameOf(appName, instance), {
            node,
            isFree: this.processor.isFree(request),
          })
        : await this.ofApp(appName);
    if (home === null) return next.handle();
    if (this.processor.isPassed(request) && !isFree) throw new HomeChangedError(appName);
    return from(this.passOn(request, home, appName, isFree));
  }

  private async ofApp(appName: string): Promise<Destination> {
    const nodeId = await this.home.of(appName);
    if (nodeId === null || this.home.isHere(nodeId)) return { home: null, isFree: false };
    return { home: await this.home.named(nodeId), isFree: false };
  }

  private async passOn(
    request: FastifyRequest,
    home: HomeName,
    appName: string,
    isFree: boolean,
  ): Promise<PassedAnswer> {
    const address = this.addresses.of(request);
    const passed = { ...asReceived(request, address), isFree };
    const { status, headers, body } = await this.requests.pass(home, appName, passed);
    return new PassedAnswer(status, headers, body);
  }
}

/** What a request is about may stand in the path, in the query or in the body; not checked yet. */
function namesOf({ params, query, body }: FastifyRequest) {
  const given = typeof body === 'object' && body !== null ? body : {};
  const fields: Readonly<Record<string, unknown>> = {
    ...(query as object),
    ...given,
    ...(params as object),
  };
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  // Behind the name of a store stands that of the app.
  const appName = text('appName')?.split('/').at(-1);
  return { appName, instance: text('instance'), node: text('node') };
}
