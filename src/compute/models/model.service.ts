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
import { ModelFiles } from '../model-store/model-files';
import { ModelRerun } from './model-rerun';
import { ModelTraining } from './model-training';
import {
  type ModelDto,
  type ModelListDto,
  type RerunDto,
  toModelDto,
  toRejectedDto,
} from './model.dto';

/** What the API says and does about models. */
@Injectable()
export class ModelService {
  constructor(
    private readonly settings: Settings,
    private readonly files: ModelFiles,
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
