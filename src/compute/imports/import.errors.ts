import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

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
export class ImportedAlreadyError extends domainError(
  'conflict',
  BusinessCode.AlreadyExists,
  '该文件已为此用户导入过，本次未保存任何记录；确需重复导入请加 again=true',
  'This file was imported for this user before and nothing was kept this time; add again=true to import it once more',
) {}

/** The upload was interrupted; what had been read of it is deleted. */
export class UploadInterruptedError extends DomainError {
  constructor(cause: unknown) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'invalid',
      message: bilingual(
        '上传中断，未保存任何记录，请重新上传',
        'The upload was interrupted and nothing was kept; please upload again',
      ),
      cause,
    });
  }
}
