import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service';
import type { CurrentUser } from '../../http/access/current-user';
import { Settings } from '../../platform/config/settings';
import type { Language } from '../../platform/i18n/bilingual';
import { UserRole } from '../../accounts/user.entity';
import { ModelNotFoundError } from '../model-store/model.errors';
import { HistoryService } from '../history/history.service';
import { researchNotice } from '../inference/parameter-file';
import { ModelActivation } from './model-activation';
import { ActiveModels } from '../model-store/active-models';
import { ModelFiles } from '../model-store/model-files';
import { ModelRerun } from './model-rerun';
import { ModelTraining } from './model-training';
import {
  type ModelDto,
  type ModelListDto,
  type ModelSurfaceDto,
  type RerunDto,
  toModelDto,
  toRejectedDto,
} from './model.dto';

/** Where cell-free DNA is: from well below one nucleosome (167 bp) to two of them. */
const SURFACE = {
  ctdna: { from: 40, to: 400, step: 4 },
  cpg: { from: 0, to: 10, step: 1 },
} as const;

/** What the API says and does about models. */
@Injectable()
export class ModelService {
  constructor(
    private readonly settings: Settings,
    private readonly files: ModelFiles,
    private readonly activeModels: ActiveModels,
    private readonly training: ModelTraining,
    private readonly activation: ModelActivation,
    private readonly reruns: ModelRerun,
    private readonly history: HistoryService,
    private readonly audit: AuditService,
  ) {}

  /** Looks for new files first. */
  async list(user: CurrentUser, language: Language): Promise<ModelListDto> {
    const rejected = await this.files.scan();
    const rows = await this.files.list();
    return {
      notice: researchNotice[language],
      models: rows.map((row) => toModelDto(row, language, this.settings.tzDisplay)),
      rejected:
        user.role === UserRole.Admin ? rejected.map((file) => toRejectedDto(file, language)) : [],
    };
  }

  /** @throws ModelNotFoundError */
  async surface(id: string): Promise<ModelSurfaceDto> {
    const model = await this.activeModels.get(id);
    if (!model) throw new ModelNotFoundError();
    const ctdna = steps(SURFACE.ctdna);
    const cpg = steps(SURFACE.cpg);
    return {
      model: model.id,
      checksum: model.checksum,
      threshold: model.threshold,
      ctdna,
      cpg,
      probability: cpg.map((sites) =>
        ctdna.map((length) => model.predict({ ctdna: length, cpg: sites }).probability),
      ),
    };
  }

  async train(admin: CurrentUser, address: string, language: Language): Promise<ModelDto> {
    const id = await this.training.train(admin.userId);
    const target = { type: 'model', id };
    await this.audit.record({ action: 'model.trained', actor: admin, target, address });
    return this.get(id, language);
  }

  /** @throws ModelNotFoundError */
  async activate(
    admin: CurrentUser,
    id: string,
    address: string,
    language: Language,
  ): Promise<ModelDto> {
    await this.files.scan();
    await this.activation.activate(admin, id, address);
    return this.get(id, language);
  }

  /** @throws ModelNotFoundError, ComputeUserNotFoundError */
  async rerun(
    admin: CurrentUser,
    id: string,
    uid: string | null,
    address: string,
  ): Promise<RerunDto> {
    const ownerId = uid === null ? null : await this.history.ownerId(admin, uid);
    return { model: id, queued: await this.reruns.rerun(admin, id, ownerId, address) };
  }

  private async get(id: string, language: Language): Promise<ModelDto> {
    const row = (await this.files.list()).find((one) => one.id === id);
    if (!row) throw new ModelNotFoundError();
    return toModelDto(row, language, this.settings.tzDisplay);
  }
}

function steps({ from, to, step }: { from: number; to: number; step: number }): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step);
}
