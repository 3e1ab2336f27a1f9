import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { TaggedImage } from '../images/tagged-image';

export interface FromTo<T> {
  readonly from: T;
  readonly to: T;
}

/** The image of one service. */
export interface ImageUpdate {
  readonly service: string;
  /** The reference that it runs from; null: the service is new. */
  readonly from: string | null;
  /** The reference that it would run from; null: the service goes. */
  readonly to: string | null;
  /**
   * `moved`: the same reference stands for another image in the registry now; `unknown`: whether it does is not
   * known, see `reason`.
   */
  readonly change: 'same' | 'replaced' | 'added' | 'removed' | 'moved' | 'unknown';
  /** The engine's id of the image that runs. */
  readonly runningId: string | null;
  /** Digest of the tag, as the registry last told it. */
  readonly registryDigest: string | null;
  /** When the registry was last asked. */
  readonly checkedAt: Date | null;
  /** Why the registry's digest is not known, or not any more. */
  readonly reason: Bilingual | null;
}

export interface VariableUpdate {
  readonly name: string;
  readonly title: Bilingual;
  /** `required`: it was there and need not be set; `same`: only its value is no longer accepted. */
  readonly change: 'added' | 'removed' | 'required' | 'same';
  /** Why a value must be given with the upgrade; null: none need be. */
  readonly problem: Bilingual | null;
}

export interface PortUpdate {
  readonly service: string;
  readonly containerPort: number;
  readonly protocol: string;
  readonly change: 'added' | 'removed';
}

export interface VolumeUpdate {
  readonly name: string;
  readonly change: 'added' | 'removed';
}

/** What an upgrade of one app would change. */
export interface AppUpdate {
  readonly appName: string;
  readonly title: Bilingual;
  readonly installationId: string;
  /** On request. */
  readonly stopped: boolean;
  /** There is something to go over to. */
  readonly available: boolean;
  /** Why an upgrade would be refused, whatever values are given; null: it would not. */
  readonly obstacle: Bilingual | null;
  /** Null in `to`: the catalog has none any more. */
  readonly templateDigest: { readonly from: string; readonly to: string | null };
  readonly version: FromTo<string | null>;
  readonly images: readonly ImageUpdate[];
  readonly variables: readonly VariableUpdate[];
  readonly ports: readonly PortUpdate[];
  readonly volumes: readonly VolumeUpdate[];
  /** All of it in words; empty where nothing changes. */
  readonly words: readonly Bilingual[];
  /** Images whose tag the registry is to be asked for. */
  readonly asked: readonly TaggedImage[];
  /** Identifies what the update brings; another one is another update. */
  readonly mark: string;
}

/** Why the update is not to be made without anybody looking at it; null: it may be. */
export function whyNotAlone({ obstacle, variables, stopped }: AppUpdate): Bilingual | null {
  const wanted = variables.filter(({ problem }) => problem !== null).map(({ name }) => name);
  if (obstacle) return obstacle;
  if (wanted.length > 0)
    return bilingual(`需要填写 ${wanted.join('、')}`, `it wants a value for ${wanted.join(', ')}`);
  return stopped ? bilingual('应用已停止', 'the app is stopped') : null;
}
