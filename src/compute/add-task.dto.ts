import { BoolField, IntField } from '../http/fields';
import { sampleRange } from './inference/compute-model';
import { PidField } from './samples/sample-fields';

export class AddTaskDto {
  @PidField()
  pid: number;

  @IntField({
    min: sampleRange.ctdna.from,
    max: sampleRange.ctdna.to,
    description: 'Length of the ctDNA fragment in base pairs',
    documentText: true,
    example: '213',
  })
  ctdna: number;

  @IntField({
    min: sampleRange.cpg.from,
    max: sampleRange.cpg.to,
    description: 'Methylated CpG sites on the fragment',
    documentText: true,
    example: '4',
  })
  cpg: number;

  @BoolField({
    optional: true,
    nullable: true,
    description: 'Confirmed status of the patient, when known; never shown to the model',
  })
  hcc?: boolean | null;
}
