import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import type { EngineContext } from '../engine/engine-context';
import type { EnginePlan } from '../engine/engine-plan';
import type { KeyPath } from '../language/yaml-source';
import type { ComposeService } from '../project/compose-project';
import type { ResolvedApp } from '../resolve/resolved-app';

/** A value of the specification that the policy does not allow. */
export interface Violation {
  /** Short and stable, e.g. `bind-outside`. */
  readonly code: string;
  /** The key of the template that leads to it. */
  readonly path: KeyPath;
  /** What is refused, as a noun phrase. */
  readonly what: Bilingual;
}

/** A value that a rule refuses. */
export interface Refused {
  readonly what: Bilingual;
  /** The rule's own code unless given. */
  readonly code?: string;
  /** Below the service's key, e.g. the index of a list item; or a whole path. */
  readonly at?: KeyPath;
  readonly path?: KeyPath;
}

/** What a rule may look at besides the value. */
export interface Scope {
  readonly app: ResolvedApp;
  readonly plan: EnginePlan;
  readonly context: EngineContext;
}

export interface ServiceScope extends Scope {
  readonly service: ComposeService;
  readonly container: string;
}

/** What one field of a specification may hold. */
export interface Rule<Value, RuleScope extends Scope = ServiceScope> {
  /** Compose keys that lead to the field, the usual one first. */
  readonly keys: readonly string[];
  readonly code: string;
  /** For the table in docs/catalog.md. */
  readonly allowed: string;
  readonly why: string;
  refused(value: Value, scope: RuleScope): Iterable<Refused>;
}

/** A value named as it stands: no translation needed. */
export function literal(text: string): Bilingual {
  return bilingual(text, text);
}

interface OwnNames {
  readonly containers: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
}

/** A plan never changes, and every value of it may be looked up. */
const namesOf = new WeakMap<EnginePlan, OwnNames>();

/** Names of everything on the engine that belongs to the app. */
export function ownNames({ plan }: Scope): OwnNames {
  const known = namesOf.get(plan);
  if (known) return known;
  const names = {
    containers: new Set(plan.containers.map(({ name }) => name)),
    networks: new Set(plan.networks.map(({ body }) => body.Name)),
    volumes: new Set(plan.volumes.map(({ Name }) => Name)),
  };
  namesOf.set(plan, names);
  return names;
}
