import { DomainError, domainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { trainingMinimum, type TrainingCounts } from '../training/logistic-trainer';

export class TooFewConfirmedRecordsError extends DomainError {
  constructor(counts: TrainingCounts) {
    const { records, positives, negatives, positivePatients, negativePatients } = counts;
    const {
      records: least,
      recordsOfEachClass: each,
      patientsOfEachClass: people,
    } = trainingMinimum;
    super(
      'invalid',
      bilingual(
        `已确认记录不足：共 ${records} 条（HCC ${positives} 条、${positivePatients} 名患者；非HCC ${negatives} 条、${negativePatients} 名患者），` +
          `至少需要 ${least} 条、每类 ${each} 条、每类 ${people} 名患者；请先确认或导入更多记录`,
        `Too few confirmed records: ${records} in all (HCC ${positives} of ${positivePatients} patients, ` +
          `not HCC ${negatives} of ${negativePatients} patients); at least ${least}, ${each} of each class ` +
          `and ${people} patients of each class are needed: confirm or import more first`,
      ),
    );
  }
}

/** The fit found no optimum, which with a ridge happens only on degenerate data. */
export class TrainingFailedError extends domainError(
  'invalid',
  '训练未收敛：请检查已确认记录的数据',
  'The training did not converge: please check the confirmed records',
  (cause: unknown) => ({ cause }),
) {}

export class TrainingUnderWayError extends domainError(
  'invalid',
  '正在训练中，请等待完成后重试',
  'A training is under way; try again when it is finished',
) {}
