import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { ResolvedApp, ResolvedImage } from '../compose/resolve/resolved-app';
import { idsOf } from '../images/image-checks';
import { canMove, checkKey, taggedImage, type TaggedImage } from '../images/tagged-image';
import type { ImageCheck } from '../images/image-check.entity';
import type { CheckOutcome } from '../images/tag-lookup';
import type { ImageUpdate } from './app-update';

/** What one service of an installed app runs from. */
export interface RunningImage {
  readonly service: string;
  /** Null where the engine no longer tells. */
  readonly reference: string | null;
  /** The engine's id; null where the container is gone. */
  readonly id: string | null;
}

/** Images of the template as it is now. */
export interface NextImages {
  readonly app: Pick<ResolvedApp, 'images' | 'project'>;
  /** It brings its images along. */
  readonly hasArchives: boolean;
  /** Of the engine, in Go's names. */
  readonly architecture: string;
}

/** The image of each service as it is and as it would be, and what the registry says of those that stay. */
export function imageChanges(
  running: readonly RunningImage[],
  next: NextImages,
  checks: ReadonlyMap<string, ImageCheck> | null,
): ImageUpdate[] {
  const now = new Map(running.map((image) => [image.service, image]));
  const changes = [...next.app.project.services.keys()].map((service): ImageUpdate => {
    const image = imageOf(next, service);
    const old = now.get(service);
    const to = image?.reference ?? null;
    const from = old?.reference ?? null;
    const common = { ...UNASKED, service, from, to, runningId: old?.id ?? null };
    if (!old) return { ...common, change: 'added' };
    if (from !== to && from !== null) return { ...common, change: 'replaced' };
    return { ...common, from: to, ...stateOf(image, old.id, next, checks) };
  });
  const gone = running.filter(({ service }) => !next.app.project.services.has(service));
  return [
    ...changes,
    ...gone.map(({ service, reference, id }): ImageUpdate => ({ ...UNASKED, service, from: reference, to: null, change: 'removed', runningId: id })), // prettier-ignore
  ];
}

/** Images of the app that registries are asked for. */
export function askedImages({ app, hasArchives, architecture }: NextImages): TaggedImage[] {
  if (hasArchives) return [];
  return app.images
    .filter((image) => whyNotAsked(image) === null && canMove(image.reference))
    .map((image) => taggedImage(image, architecture));
}

const UNASKED = { registryDigest: null, checkedAt: null, reason: null } as const;
type State = Pick<ImageUpdate, 'change' | 'registryDigest' | 'checkedAt' | 'reason'>;

function stateOf(
  image: ResolvedImage | undefined,
  runningId: string | null,
  next: NextImages,
  checks: ReadonlyMap<string, ImageCheck> | null,
): State {
  if (image && !canMove(image.reference)) return { ...UNASKED, change: 'same' };
  const reason = image ? whyNotAsked(image) : null;
  if (!image || reason) return { ...UNASKED, change: 'unknown', reason };
  if (next.hasArchives) return { ...UNASKED, change: 'unknown', reason: ARCHIVES };
  if (checks === null) return { ...UNASKED, change: 'unknown', reason: SWITCHED_OFF };
  const check = checks.get(checkKey(taggedImage(image, next.architecture)));
  if (!check?.outcome) return { ...UNASKED, change: 'unknown', reason: NOT_YET };
  const told = { registryDigest: check.digest, checkedAt: check.checkedAt };
  const why = check.outcome === 'found' ? null : REASONS[check.outcome];
  const ids = idsOf(check);
  // What was seen to have moved stays so, whether or not the registry answers again.
  if (ids.length > 0 && runningId !== null && !ids.includes(runningId))
    return { ...told, change: 'moved', reason: why };
  return { ...told, change: why || runningId === null ? 'unknown' : 'same', reason: why ?? (runningId === null ? GONE : null) }; // prettier-ignore
}

function imageOf({ app }: NextImages, service: string): ResolvedImage | undefined {
  return app.images.find(({ services }) => services.includes(service));
}

/** Null: it comes from a registry, and an upgrade would pull it from there. */
function whyNotAsked({ build, pullPolicy }: ResolvedImage): Bilingual | null {
  if (build) return bilingual('在本机构建', 'it is built on this server');
  if (pullPolicy !== 'never') return null;
  return bilingual('模板不允许拉取', 'its template does not let it be pulled');
}

const ARCHIVES = bilingual('模板自带镜像', 'its template brings the images along');
const SWITCHED_OFF = bilingual('不查询镜像仓库', 'registries are not asked');
const NOT_YET = bilingual('尚未查询镜像仓库', 'its registry has not been asked yet');
const GONE = bilingual('其容器不在', 'its container is not there');

const REASONS: Readonly<Record<Exclude<CheckOutcome, 'found'>, Bilingual>> = {
  denied: bilingual('镜像仓库要求登录', 'its registry wants a login'),
  unknown: bilingual('镜像仓库没有这个标签', 'its registry has no such name or tag'),
  limited: bilingual('镜像仓库限制了请求次数', 'its registry has had too many requests'),
  failing: bilingual('镜像仓库内部错误', 'its registry has an internal error'),
  unreachable: bilingual('无法连接镜像仓库', 'its registry does not answer'),
  stalled: bilingual('镜像仓库响应过慢', 'its registry answers too slowly'),
  'no-manifest': bilingual(
    '镜像仓库的回答不是镜像描述',
    'its registry answers something that is no image',
  ),
  'other-platforms': bilingual(
    '镜像仓库没有适用于本机架构的镜像',
    'its registry has it for other machines only',
  ),
  local: bilingual('镜像不是从仓库拉取的', 'it was not pulled from a registry'),
};
