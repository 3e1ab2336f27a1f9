import { Injectable } from '@nestjs/common';
import { DataSource, LessThanOrEqual, Not } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { parseImageReference } from '../../platform/docker/image-reference';
import { lookUpTag, type CheckOutcome, type TagDigest } from './tag-lookup';
import { ImageCheck } from './image-check.entity';
import { checkKey, type TaggedImage } from './tagged-image';

/** A registry that did not answer is asked again so soon. */
const RETRY_MS = 15 * 60_000;
/** The run that asks has so long, before another one may. */
const CLAIM_MS = 60_000;
const AT_ONCE = 4;
const PER_ROUND = 40;
/** No other image of that registry is worth a question now. */
const CLOSED: readonly CheckOutcome[] = ['unreachable', 'stalled', 'limited'];
const PASSING: readonly CheckOutcome[] = ['unreachable', 'stalled', 'limited', 'failing'];

type ClosedRegistries = Map<string, Exclude<CheckOutcome, 'found'>>;

/**
 * What registries say of the tags of installed apps. It is asked in the background and kept in the database: a
 * request reads only what is kept, in whichever process it arrives.
 */
@Injectable()
export class ImageChecks {
  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly dataSource: DataSource,
  ) {}

  /** Whether registries are asked at all. */
  get isOn(): boolean {
    return this.settings.updateCheckHours > 0 && this.settings.orchestrator === 'engine';
  }

  /** All of them, by {@link checkKey}. */
  async all(): Promise<ReadonlyMap<string, ImageCheck>> {
    return new Map((await this.rows().find()).map((row) => [checkKey(row), row]));
  }

  /** Whether the registry has told that the tag stands for another image than this one. */
  async isOutdated(image: TaggedImage, imageId: string): Promise<boolean> {
    if (!this.isOn) return false;
    const { reference, architecture } = image;
    const row = await this.rows().findOneBy({ reference, architecture });
    return row?.ids != null && !idsOf(row).includes(imageId);
  }

  /** From now on these are asked for, and no others. */
  async keepOnly(images: readonly TaggedImage[]): Promise<void> {
    const known = await this.all();
    const wanted = new Map(images.map((image) => [checkKey(image), image]));
    for (const [key, { reference, architecture }] of wanted) {
      if (known.has(key)) continue;
      await this.dataSource.query(
        'INSERT IGNORE INTO image_checks (reference, architecture, nextAt) VALUES (?, ?, ?)',
        [reference, architecture, new Date()],
      );
    }
    for (const [key, { reference, architecture }] of known)
      if (!wanted.has(key)) await this.rows().delete({ reference, architecture });
  }

  /** Lets all of them be asked for again soon; answers how many. */
  async askSoon(reference?: string): Promise<number> {
    const criteria = reference === undefined ? { reference: Not('') } : { reference };
    const { affected } = await this.rows().update(criteria, { nextAt: new Date() });
    return affected ?? 0;
  }

  /**
   * Asks for those whose time has come; of several processes one asks for each. A registry that is away or has had
   * enough is asked once in a round.
   * @returns how many were due
   */
  async askDue(stop: AbortSignal): Promise<number> {
    const due = await this.rows().find({
      where: { nextAt: LessThanOrEqual(new Date()) },
      order: { nextAt: 'ASC' },
      take: PER_ROUND,
    });
    const waiting = [...due];
    const closed: ClosedRegistries = new Map();
    const take = async (): Promise<void> => {
      for (let row = waiting.shift(); row && !stop.aborted; row = waiting.shift())
        await this.check(row, closed, stop);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, take));
    return due.length;
  }

  private async check(row: ImageCheck, closed: ClosedRegistries, stop: AbortSignal): Promise<void> {
    const { reference, architecture, nextAt } = row;
    const key = { reference, architecture };
    const claim = new Date(Date.now() + CLAIM_MS);
    const { affected } = await this.rows().update({ ...key, nextAt }, { nextAt: claim });
    if (affected !== 1) return;
    const { registry } = parseImageReference(reference);
    const answer = closed.get(registry) ?? (await this.ask(row, stop));
    if (stop.aborted) return;
    const now = new Date();
    const outcome = typeof answer === 'string' ? answer : 'found';
    if (typeof answer === 'string' && CLOSED.includes(answer)) closed.set(registry, answer);
    const wait = PASSING.includes(outcome) ? RETRY_MS : this.settings.updateCheckHours * 3_600_000;
    await this.rows().update(
      { ...key, nextAt: claim },
      {
        outcome,
        checkedAt: now,
        nextAt: new Date(now.getTime() + wait),
        ...(typeof answer === 'string'
          ? {}
          : { digest: answer.digest, ids: JSON.stringify(answer.ids), foundAt: now }),
      },
    );
  }

  private async ask(
    row: ImageCheck,
    stop: AbortSignal,
  ): Promise<Exclude<CheckOutcome, 'found'> | TagDigest> {
    const image = await this.engine.images.find(row.reference);
    // What no registry gave the engine is not a registry's to tell of.
    if (image && (image.RepoDigests ?? []).length === 0) return 'local';
    const { digest } = row;
    const before = digest === null ? null : { digest, ids: idsOf(row) };
    const login = await this.engine.registryLogins.find(row.reference);
    return lookUpTag(row.reference, row.architecture, before, { login, stop });
  }

  private rows() {
    return this.dataSource.getRepository(ImageCheck);
  }
}

/** Every digest that the registry's image has; empty while it is not known. */
export function idsOf({ ids }: ImageCheck): readonly string[] {
  return ids === null ? [] : (JSON.parse(ids) as string[]);
}
