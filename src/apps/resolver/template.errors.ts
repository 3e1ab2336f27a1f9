import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { AppConflictError } from '../installations/app-conflict.error';

export class UnknownAppError extends DomainError {
  constructor(appName: string) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        `没有名为 ${appName} 的应用，请在应用目录中查看可安装的应用。`,
        `There is no app called ${appName}; the catalog lists those that can be installed.`,
      ),
    });
  }
}

/** The template is refused by policy, broken or uses an unsupported key. */
export class AppNotUsableError extends AppConflictError {
  constructor(appName: string, problems: readonly FieldProblem[]) {
    const zh = problems.map((p) => `${p.field}：${p.message.zh}`).join('；');
    const en = problems.map((p) => `${p.field}: ${p.message.en}`).join('; ');
    super(
      bilingual(
        `应用 ${appName} 的模板不能安装：${zh}`,
        `The template of app ${appName} cannot be installed: ${en}`,
      ),
      { details: problems },
    );
  }
}

/** Values for the template's variables were not accepted. */
export class AppVariablesError extends DomainError {
  constructor(problems: readonly FieldProblem[]) {
    const fields = problems.map((p) => p.field).join(', ');
    super({
      code: BusinessCode.InvalidParameter,
      kind: 'invalid',
      message: bilingual(`参数错误：${fields}`, `Invalid parameter: ${fields}`),
      details: problems,
    });
  }
}

/** The template changed or went away between the request and the work. */
export class TemplateGoneError extends AppConflictError {
  constructor(appName: string) {
    super(
      bilingual(
        `应用 ${appName} 的模板已不在目录中，安装无法继续。`,
        `The template of app ${appName} is no longer in the catalog; the install cannot go on.`,
      ),
    );
  }
}
