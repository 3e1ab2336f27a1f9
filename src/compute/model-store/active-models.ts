import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ComputeModel } from '../inference/compute-model';
import { parseParameterFile } from '../inference/parameter-file.validator';

/** How long a process may go on with the model that was in use, in milliseconds. */
const ACTIVE_MODEL_AGE_MS = 500;

/**
 * Models ready to compute with, from the database, so that every process has the same ones. A model
 * never changes under its id, so it is kept once read; which one is in use is asked again after
 * half a second.
 */
@Injectable()
export class ActiveModels {
  private readonly loaded = new Map<string, ComputeModel>();
  private active: { readonly at: number; readonly id: Promise<string | null> } | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /** The model with this id, or the one in use for null; null where there is no such model. */
  async get(id: string | null): Promise<ComputeModel | null> {
    const wanted = id ?? (await this.activeId());
    if (wanted === null) return null;
    const known = this.loaded.get(wanted);
    if (known) return known;
    const [row]: { file: string }[] = await this.dataSource.query(
      'SELECT file FROM compute_models WHERE id = ?',
      [wanted],
    );
    if (!row) return null;
    const parsed = parseParameterFile(row.file);
    if (!parsed.ok) throw new Error(`The stored parameters of ${wanted} are damaged.`);
    this.loaded.set(wanted, parsed.model);
    return parsed.model;
  }

  /** Forgets which model is in use: the next task asks the database. */
  refresh(): void {
    this.active = null;
  }

  private activeId(): Promise<string | null> {
    const now = Date.now();
    if (!this.active || now - this.active.at > ACTIVE_MODEL_AGE_MS) {
      const id = this.dataSource
        .query('SELECT id FROM compute_models WHERE active = 1')
        .then((rows: { id: string }[]) => rows[0]?.id ?? null);
      id.catch(() => (this.active = null));
      this.active = { at: now, id };
    }
    return this.active.id;
  }
}
