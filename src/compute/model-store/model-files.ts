import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import {
  MAX_PARAMETER_FILE_BYTES,
  parseParameterFile,
} from '../inference/parameter-file.validator';
import type { ParameterFile } from '../inference/parameter-file';
import { ComputeModelRow, type ModelOrigin } from './model.entity';

/** The model that a new installation uses. */
export const DEFAULT_MODEL_ID = 'hcc-fragment-nb@1.0.0';

/** A file in a model folder that is not used, and why. */
export interface RejectedModelFile {
  readonly file: string;
  readonly problems: readonly FieldProblem[];
}

/**
 * Every model there is: the files shipped with the product (`models/`), those a laboratory drops
 * into `<DATA_DIR>/models`, and those trained here. A valid file is taken into the database under
 * its id, from where all processes use it; it stays there when the file goes, because records name it.
 */
@Injectable()
export class ModelFiles implements OnModuleInit {
  private readonly logger = new Logger(ModelFiles.name);
  private scanning: Promise<RejectedModelFile[]> | null = null;
  private readonly complained = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  /** Where a laboratory drops its own parameter files. */
  get folder(): string {
    return join(this.settings.dataDir, 'models');
  }

  async onModuleInit(): Promise<void> {
    await this.scan();
    // Only where no model is in use yet: the unique key settles a race of several processes.
    await this.dataSource.query(
      `UPDATE IGNORE compute_models SET active = 1, activatedAt = UTC_TIMESTAMP(3)
       WHERE id = ? AND NOT EXISTS
         (SELECT 1 FROM (SELECT id FROM compute_models WHERE active = 1) AS used)`,
      [DEFAULT_MODEL_ID],
    );
  }

  /** Looks through the folders; returns the files that are not used. Concurrent calls share one scan. */
  scan(): Promise<RejectedModelFile[]> {
    this.scanning ??= this.scanFolders().finally(() => (this.scanning = null));
    return this.scanning;
  }

  async list(): Promise<ComputeModelRow[]> {
    return this.dataSource
      .getRepository(ComputeModelRow)
      .find({ order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Adds a validated file. Resolves with false where the id exists with other parameters. */
  async add(
    file: ParameterFile,
    origin: ModelOrigin,
    createdBy: number | null = null,
  ): Promise<boolean> {
    await this.dataSource.query(
      `INSERT INTO compute_models (id, kind, checksum, file, origin, createdAt, createdBy)
       VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3), ?) ON DUPLICATE KEY UPDATE id = id`,
      [file.id, file.kind, file.checksum, JSON.stringify(file), origin, createdBy],
    );
    const [row]: { checksum: string }[] = await this.dataSource.query(
      'SELECT checksum FROM compute_models WHERE id = ?',
      [file.id],
    );
    return row?.checksum === file.checksum;
  }

  private async scanFolders(): Promise<RejectedModelFile[]> {
    const builtin = await this.scanFolder(join(this.settings.projectRoot, 'models'), 'builtin');
    const own = await this.scanFolder(this.folder, 'folder');
    return [...builtin, ...own];
  }

  private async scanFolder(folder: string, origin: ModelOrigin): Promise<RejectedModelFile[]> {
    const rejected: RejectedModelFile[] = [];
    for (const file of await jsonFilesOf(folder)) {
      const problems = await this.take(join(folder, file), origin);
      if (problems.length === 0) continue;
      rejected.push({ file, problems });
      this.complain(file, problems);
    }
    return rejected;
  }

  private async take(path: string, origin: ModelOrigin): Promise<readonly FieldProblem[]> {
    let text: string;
    try {
      const { size } = await stat(path);
      if (size > MAX_PARAMETER_FILE_BYTES) {
        return [{ field: '', message: bilingual('文件过大（超过1 MB）', 'is larger than 1 MB') }];
      }
      text = await readFile(path, 'utf8');
    } catch {
      return [{ field: '', message: bilingual('无法读取文件', 'cannot be read') }];
    }
    const parsed = parseParameterFile(text);
    if (!parsed.ok) return parsed.problems;
    if (await this.add(parsed.file, origin)) return [];
    const message = bilingual(
      `${parsed.file.id} 已存在且参数不同；请提高版本号`,
      `${parsed.file.id} exists with other parameters; raise the version`,
    );
    return [{ field: 'id', message }];
  }

  private complain(file: string, problems: readonly FieldProblem[]): void {
    const line = problems.map((p) => `${p.field} ${p.message.en}`.trim()).join('; ');
    if (this.complained.has(`${file}:${line}`)) return;
    this.complained.add(`${file}:${line}`);
    this.logger.warn(`model file ${file} is not used: ${line}`);
  }
}

async function jsonFilesOf(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.json')).sort();
  } catch {
    return []; // no such folder: nothing was dropped
  }
}
