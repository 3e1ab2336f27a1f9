import 'reflect-metadata';
import { RequestMethod, type INestApplication } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '../../src/http/access/access-rule';

export interface Route {
  readonly method: string;
  /** As declared, e.g. `/api/v1/user/admin/:uid`. */
  readonly path: string;
  readonly rule: AccessRule | undefined;
  /** `UserController.me`, for messages. */
  readonly handler: string;
}

type Path = string | string[] | undefined;
const textsOf = (path: Path): string[] => (Array.isArray(path) ? path : [path ?? '']);

/** Every route of every controller of the running application, with the access rule it declares. */
export function routesOf(app: INestApplication): Route[] {
  const routes: Route[] = [];
  const scanner = new MetadataScanner();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (!metatype) continue;
      const prototype = metatype.prototype as Record<string, object>;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name] as object;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) continue;
        const rule = (Reflect.getMetadata(ACCESS_RULE, handler) ??
          Reflect.getMetadata(ACCESS_RULE, metatype)) as AccessRule | undefined;
        for (const base of textsOf(Reflect.getMetadata(PATH_METADATA, metatype) as Path))
          for (const own of textsOf(Reflect.getMetadata(PATH_METADATA, handler) as Path))
            routes.push({
              method: method === RequestMethod.ALL ? 'GET' : (RequestMethod[method] ?? 'GET'),
              path: `/${base}/${own}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, ''),
              rule,
              handler: `${metatype.name}.${name}`,
            });
      }
    }
  }
  return routes;
}
