import { ApiProperty } from '@nestjs/swagger';
import { BoolField } from '../../http/fields';
import { FieldProblemDto } from '../../http/openapi/envelopes';
import type { Language } from '../../platform/i18n/bilingual';
import type { ImportReport } from './import.service';

export class ImportQuery {
  @BoolField({
    optional: true,
    default: false,
    description: 'Import a file that was imported for this user before once more',
  })
  again?: boolean;
}

export class BadLineDto {
  @ApiProperty({ type: 'integer', description: 'Line of the file; the header is line 1' })
  line: number;

  @ApiProperty({ type: [FieldProblemDto] })
  problems: FieldProblemDto[];
}

export class ImportReportDto {
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Id of the import' })
  id: number;

  @ApiProperty({ type: 'integer', description: 'Records taken in' })
  accepted: number;

  @ApiProperty({ type: 'integer', description: 'Lines refused' })
  rejected: number;

  @ApiProperty({ type: 'string', description: 'SHA-256 of the file' })
  sha256: string;

  @ApiProperty({ type: 'string', description: 'Model that computed the records' })
  model: string;

  @ApiProperty({ type: [BadLineDto], description: 'The first 100 refused lines' })
  bad_lines: BadLineDto[];
}

export function toImportReportDto(report: ImportReport, language: Language): ImportReportDto {
  return {
    id: report.id,
    accepted: report.accepted,
    rejected: report.rejected,
    sha256: report.sha256,
    model: report.model,
    bad_lines: report.badLines.map(({ line, problems }) => ({
      line,
      problems: problems.map(({ field, message }) => ({ field, message: message[language] })),
    })),
  };
}
