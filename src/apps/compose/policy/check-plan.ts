import { posix } from 'node:path';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import type { ContainerPlan } from '../engine/container-spec.builder';
import type { KeyPath } from '../language/yaml-source';
import type { Template } from '../template/template';
import { containerRules, endpointRule, hostConfigRules } from './container-rules';
import {
  buildRule,
  externalNetworkRule,
  fileRule,
  networkRule,
  volumeRule,
} from './resource-rules';
import {
  literal,
  type Refused,
  type Rule,
  type Scope,
  type ServiceScope,
  type Violation,
} from './rule';

/**
 * Everything in the specifications of an app that the policy does not allow. The specifications are those
 * that are sent to the engine: variables filled in, files merged, names resolved. A field without a rule is
 * refused, so that a new one is never sent unexamined.
 */
export function checkPlan(template: Pick<Template, 'texts'>, scope: Scope): Violation[] {
  const { app, plan } = scope;
  const found: Violation[] = [];
  const add = (code: string, base: KeyPath, refused: Iterable<Refused>) => {
    for (const { what, code: own, at, path } of refused)
      found.push({ code: own ?? code, path: path ?? [...base, ...(at ?? [])], what });
  };
  for (const { kind, file, path } of filesOf(scope))
    add(fileRule.code, [kind], fileRule.refused({ file, path }, scope));
  for (const network of app.networks.filter(({ external }) => external))
    add(externalNetworkRule.code, [], externalNetworkRule.refused(network, scope));
  for (const network of plan.networks.filter(({ shared }) => !shared))
    add(networkRule.code, ['networks', network.key], networkRule.refused(network, scope));
  const volumes = app.volumes.filter(({ external }) => !external);
  for (const [index, body] of plan.volumes.entries()) {
    const key = volumes[index]?.key ?? '';
    add(volumeRule.code, ['volumes', key], volumeRule.refused({ key, body }, scope));
  }
  for (const { name: service, build } of app.project.services.values()) {
    if (!build) continue;
    const file = posix.normalize(posix.join(build.context, build.dockerfile));
    const dockerfile = build.dockerfileInline ?? template.texts.get(file) ?? null;
    const value = { service, context: build.context, dockerfile };
    add(buildRule.code, ['services', service, 'build'], buildRule.refused(value, scope));
  }
  for (const container of plan.containers)
    if (container.replica === 1) checkContainer(scope, container, add);
  return found;
}

type Add = (code: string, base: KeyPath, refused: Iterable<Refused>) => void;

function checkContainer(
  scope: Scope,
  { service: name, name: container, body, connect }: ContainerPlan,
  add: Add,
): void {
  const { app, plan, context } = scope;
  const service = app.project.services.get(name);
  if (!service) throw new Error(`${app.appName} has no service ${name}`);
  const here: ServiceScope = { app, plan, context, service, container };
  const { HostConfig, NetworkingConfig, ...fields } = body;
  checkFields(fields, containerRules, here, add);
  checkFields(HostConfig, hostConfigRules, here, add);
  const endpoints = Object.entries(NetworkingConfig?.EndpointsConfig ?? {}).map(
    ([network, endpoint]) => ({ network, endpoint }),
  );
  for (const value of [...endpoints, ...connect]) {
    add(endpointRule.code, ['services', name, 'networks'], endpointRule.refused(value, here));
  }
}

function checkFields(
  fields: object,
  rules: Readonly<Record<string, Rule<never> | undefined>>,
  scope: ServiceScope,
  add: Add,
): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    const base = (key: string): KeyPath => ['services', scope.service.name, key];
    if (rule) add(rule.code, base(rule.keys[0] ?? ''), rule.refused(value as never, scope));
    else add('policy', base(field), [{ what: literal(field) }]);
  }
}

function filesOf({ app }: Scope) {
  return (['configs', 'secrets'] as const).flatMap((kind) =>
    [...app.project[kind].values()].flatMap(({ file, path }) =>
      file === null ? [] : [{ kind, file, path }],
    ),
  );
}

/** The sentence for a refused value. */
export function policyMessage({ what: { zh, en } }: Violation): Bilingual {
  return bilingual(
    `策略不允许：${zh}。管理员可将该目录标记为可信`,
    `refused by policy: ${en}. An administrator can mark the catalog as trusted`,
  );
}
