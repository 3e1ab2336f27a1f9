import { ApiProperty } from '@nestjs/swagger';
import type { Language } from '../../platform/i18n/bilingual';
import type { DriftFinding, RepairOutcome } from '../drift/drift-finding';

export class DriftFindingDto {
  @ApiProperty({
    type: 'string',
    enum: [
      'stuck',
      'app-without-containers',
      'container-missing',
      'container-without-app',
      'network-without-app',
      'volume-without-app',
      'config-without-app',
      'secret-without-app',
      'port-differs',
      'node-without-answer',
    ],
  })
  kind: string;

  @ApiProperty({ type: 'string' })
  appName: string;

  @ApiProperty({ type: 'string', description: 'name on the engine, or id of the job' })
  subject: string;

  @ApiProperty({ type: 'string' })
  message: string;

  @ApiProperty({ type: 'string', enum: ['finish', 'reinstall', 'remove', 'adopt', 'keep'] })
  remedy: string;
}

export function toDriftFindingDto(found: DriftFinding, language: Language): DriftFindingDto {
  const { kind, appName, subject, message, remedy } = found;
  return { kind, appName, subject, message: message[language], remedy };
}

export class RepairOutcomeDto extends DriftFindingDto {
  @ApiProperty({ type: 'boolean' })
  done: boolean;

  @ApiProperty({ type: 'string', nullable: true, description: 'why it was not done' })
  failure: string | null;
}

export function toRepairOutcomeDto(outcome: RepairOutcome, language: Language): RepairOutcomeDto {
  return {
    ...toDriftFindingDto(outcome, language),
    done: outcome.done,
    failure: outcome.failure?.[language] ?? null,
  };
}
