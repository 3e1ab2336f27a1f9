import { toCsv } from '../csv/csv-line';
import { toRecordDto, type RecordDto } from './record.dto';
import type { ComputeRecord } from './record.entity';

/** Columns of the export; the first five are what an import reads. */
const columns: readonly (keyof RecordDto)[] = [
  'pid',
  'ctdna',
  'cpg',
  'hcc',
  'time',
  'id',
  'hcc_infer',
  'probability',
  'extrapolated',
  'model',
  'checksum',
  'task',
  'rerun_of',
];

/** The records as CSV text, chunk by chunk. */
export async function* historyCsv(
  chunks: AsyncIterable<readonly ComputeRecord[]>,
  zone: string,
): AsyncGenerator<string> {
  yield toCsv([columns]);
  for await (const records of chunks) {
    yield toCsv(
      records.map((record) => {
        const dto = toRecordDto(record, zone);
        return columns.map((column) => dto[column]);
      }),
    );
  }
}
