import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { trainingMinimum, type TrainingCounts } from '../training/logistic-trainer';

export class QuotaExceededError extends DomainError {
  /** @param left units still free today, fewer than were asked for */
  constructor(limit: number, left: number, asked: number, secondsToMidnight: number) {
    super({
      code: BusinessCode.QuotaExceeded,
      kind: 'too-many',
      message: bilingual(
        `今日计算配额为 ${limit}，剩余 ${left}，本次需要 ${asked}；UTC 零点后重试，或请管理员提高配额`,
        `The quota is ${limit} computations a day, ${left} are left and this asks for ${asked}; ` +
          `try again after midnight UTC, or ask an administrator for a higher quota`,
      ),
      retryAfterSeconds: secondsToMidnight,
    });
  }
}

export class TaskNotFoundError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual('没有这个计算任务，请核对任务id', 'There is no such task; check its id'),
    });
  }
}

/** The task or record belongs to somebody else. */
export class NotYoursError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.Forbidden,
      kind: 'forbidden',
      message: bilingual(
        '权限不足：该数据属于其他用户',
        'Permission denied: this belongs to another user',
      ),
    });
  }
}

/** A task that is done cannot be cancelled. */
export class TaskAlreadyDoneError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'invalid',
      message: bilingual(
        '任务已完成，不能取消；可以删除其计算记录',
        'The task is done and cannot be cancelled; its record can be deleted',
      ),
    });
  }
}

export class RecordNotFoundError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        '没有这条计算记录，可能已被删除',
        'There is no such record; it may have been deleted',
      ),
    });
  }
}

export class ComputeUserNotFoundError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual('没有这个用户，请核对uid', 'There is no such user; check the uid'),
    });
  }
}

export class ModelNotFoundError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        '没有这个模型，可用模型见 GET /compute/models',
        'There is no such model; GET /compute/models lists them',
      ),
    });
  }
}

/** An import, a training or a rerun needs a model in use, and there is none. */
export class NoModelInUseError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.InternalError,
      kind: 'unavailable',
      message: bilingual(
        '没有启用的模型，请管理员先启用一个模型',
        'No model is in use; an administrator has to activate one first',
      ),
    });
  }
}

export class TooFewConfirmedRecordsError extends DomainError {
  constructor(counts: TrainingCounts) {
    const { records, positives, negatives, positivePatients, negativePatients } = counts;
    const {
      records: least,
      recordsOfEachClass: each,
      patientsOfEachClass: people,
    } = trainingMinimum;
    super({
      code: BusinessCode.BadRequest,
      kind: 'invalid',
      message: bilingual(
        `已确认记录不足：共 ${records} 条（HCC ${positives} 条、${positivePatients} 名患者；非HCC ${negatives} 条、${negativePatients} 名患者），` +
          `至少需要 ${least} 条、每类 ${each} 条、每类 ${people} 名患者；请先确认或导入更多记录`,
        `Too few confirmed records: ${records} in all (HCC ${positives} of ${positivePatients} patients, ` +
          `not HCC ${negatives} of ${negativePatients} patients); at least ${least}, ${each} of each class ` +
          `and ${people} patients of each class are needed: confirm or import more first`,
      ),
    });
  }
}

/** The fit found no optimum, which with a ridge happens only on degenerate data. */
export class TrainingFailedError extends DomainError {
  constructor(cause: unknown) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'invalid',
      message: bilingual(
        '训练未收敛：请检查已确认记录的数据',
        'The training did not converge: please check the confirmed records',
      ),
      cause,
    });
  }
}

export class TrainingUnderWayError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.BadRequest,
      kind: 'invalid',
      message: bilingual(
        '正在训练中，请等待完成后重试',
        'A training is under way; try again when it is finished',
      ),
    });
  }
}

/** The uploaded file is no CSV of labelled records; nothing of it was kept. */
export class CsvRefusedError extends DomainError {
  constructor(problem: FieldProblem) {
    super({
      code: BusinessCode.InvalidParameter,
      kind: 'invalid',
      message: bilingual(
        `文件无法导入，未保存任何记录：${problem.message.zh}`,
        `The file cannot be imported and nothing was kept: it ${problem.message.en}`,
      ),
      details: [problem],
    });
  }
}

/** The same file was imported for the same user before; nothing was kept this time. */
export class ImportedAlreadyError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.AlreadyExists,
      kind: 'conflict',
      message: bilingual(
        '该文件已为此用户导入过，本次未保存任何记录；确需重复导入请加 again=true',
        'This file was imported for this user before and nothing was kept this time; add again=true to import it once more',
      ),
    });
  }
}

/** The upload broke off; what had been read of it is taken away again. */
export class UploadBrokenOffError extends DomainError {
  constructor(cause: unknown) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'invalid',
      message: bilingual(
        '上传中断，未保存任何记录，请重新上传',
        'The upload broke off and nothing was kept; please upload again',
      ),
      cause,
    });
  }
}
