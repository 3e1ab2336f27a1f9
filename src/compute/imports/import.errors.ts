import { BusinessCode } from '../../platform/errors/business-code';
import { domainError, type FieldProblem } from '../../platform/errors/domain-error';

/** The uploaded file is no CSV of labelled records; nothing of it was kept. */
export class CsvRefusedError extends domainError(
  'invalid',
  (problem: FieldProblem) => `文件无法导入，未保存任何记录：${problem.message.zh}`,
  (problem) => `The file cannot be imported and nothing was kept: it ${problem.message.en}`,
  (problem) => ({ code: BusinessCode.InvalidParameter, details: [problem] }),
) {}

/** The same file was imported for the same user before; nothing was kept this time. */
export class ImportedAlreadyError extends domainError(
  'conflict',
  '该文件已为此用户导入过，本次未保存任何记录；确需重复导入请加 again=true',
  'This file was imported for this user before and nothing was kept this time; add again=true to import it once more',
  { code: BusinessCode.AlreadyExists },
) {}

/** The upload was interrupted; what had been read of it is deleted. */
export class UploadInterruptedError extends domainError(
  'invalid',
  '上传中断，未保存任何记录，请重新上传',
  'The upload was interrupted and nothing was kept; please upload again',
  (cause: unknown) => ({ cause }),
) {}
