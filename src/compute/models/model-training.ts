import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { bilingual } from '../../platform/i18n/bilingual';
import {
  TooFewConfirmedRecordsError,
  TrainingFailedError,
  TrainingUnderWayError,
} from './training.errors';
import { checksumOf, type Json } from '../inference/canonical-json';
import { intervalMethods } from '../evaluation/evaluation';
import { runInPieces } from '../../platform/waiting/steps';
import {
  countingSteps,
  DEFAULT_RIDGE,
  FOLDS,
  isEnough,
  trainingSteps,
  type TrainedLogistic,
} from '../training/logistic-trainer';
import {
  PARAMETER_FILE_FORMAT,
  RESEARCH_USE_ONLY,
  type ParameterFile,
} from '../inference/parameter-file';
import { FitDidNotConvergeError } from '../training/ridge-logistic';
import { TrainingSet } from '../training/training-set';
import { ModelFiles } from '../model-store/model-files';

const MODEL_NAME = 'lab-logistic';
/** Rows of one read. */
const BATCH_SIZE = 5_000;

/** Trains the laboratory's own model on its confirmed records. Never activates it. */
@Injectable()
export class ModelTraining {
  private running = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly files: ModelFiles,
  ) {}

  /**
   * Resolves with the id of the new model.
   *
   * @throws TooFewConfirmedRecordsError, TrainingFailedError, TrainingUnderWayError
   */
  async train(trainedBy: number): Promise<string> {
    if (this.running) throw new TrainingUnderWayError();
    this.running = true;
    try {
      const set = await this.confirmedRecords();
      const counts = await runInPieces(countingSteps(set));
      if (!isEnough(counts)) throw new TooFewConfirmedRecordsError(counts);
      const trained = await runInPieces(trainingSteps(set));
      for (;;) {
        const file = this.fileOf(await this.nextId(), trained, { ...counts });
        if (await this.files.add(file, 'trained', trainedBy)) return file.id;
      }
    } catch (error) {
      if (error instanceof FitDidNotConvergeError) throw new TrainingFailedError(error);
      throw error;
    } finally {
      this.running = false;
    }
  }

  /** Confirmed samples of all users, each once: reruns and unfinished imports are left out. */
  private async confirmedRecords(): Promise<TrainingSet> {
    const set = new TrainingSet();
    for (let last = '0'; ;) {
      const rows: { id: string; pid: string; ctdna: number; cpg: number; hcc: number }[] =
        await this.dataSource.query(
          `SELECT id, pid, ctdna, cpg, hcc FROM compute_records
           WHERE id > ? AND hcc IS NOT NULL AND originId IS NULL AND (importId IS NULL OR
             importId NOT IN (SELECT id FROM compute_imports WHERE state = 'open'))
           ORDER BY id LIMIT ${BATCH_SIZE}`,
          [last],
        );
      for (const row of rows) set.add(Number(row.pid), row.ctdna, row.cpg, Number(row.hcc) === 1);
      if (rows.length < BATCH_SIZE) return set;
      last = rows.at(-1)!.id;
    }
  }

  private async nextId(): Promise<string> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM compute_models WHERE id LIKE ?',
      [`${MODEL_NAME}@%`],
    );
    const majors = rows.map((row) => Number(row.id.split('@')[1]?.split('.')[0]));
    return `${MODEL_NAME}@${Math.max(0, ...majors) + 1}.0.0`;
  }

  private fileOf(
    id: string,
    trained: TrainedLogistic,
    counts: Record<string, number>,
  ): ParameterFile {
    const { parameters, crossValidated, evidence } = trained;
    const exploratory = evidence === 'exploratory';
    return {
      format: PARAMETER_FILE_FORMAT,
      id,
      kind: 'logistic',
      notice: RESEARCH_USE_ONLY,
      title: bilingual('本实验室的岭逻辑回归', 'Ridge logistic regression of this laboratory'),
      sources: [
        bilingual(
          `本系统 ${counts['records']} 条已确认记录，${counts['patients']} 名患者。`,
          `${counts['records']} confirmed records of this installation, ${counts['patients']} patients.`,
        ),
      ],
      limits: [
        bilingual(
          '仅供研究使用：单个片段不能诊断患者。',
          'Research use only: one fragment cannot diagnose a patient.',
        ),
        bilingual(
          '概率反映训练记录中的HCC比例，不是人群患病率。',
          'The probability reflects the share of HCC among the training records, not a prevalence.',
        ),
        bilingual(
          '区间把每条记录视为独立；同一患者的多条记录会使区间偏窄。',
          'The intervals take records as independent; several of one patient make them too narrow.',
        ),
        ...(exploratory
          ? [
              bilingual(
                '探索性：训练记录少于200条。',
                'Exploratory: fewer than 200 training records.',
              ),
            ]
          : []),
      ],
      parameters,
      training: {
        method: `ridge logistic regression by iteratively reweighted least squares, ridge ${DEFAULT_RIDGE} on standardised features`,
        validation: `stratified ${FOLDS}-fold cross-validation grouped by patient, predictions pooled`,
        evidence,
        counts,
        crossValidated: crossValidated as unknown as Json,
        intervals: { ...intervalMethods },
      },
      checksum: checksumOf(parameters as unknown as Json),
    };
  }
}
