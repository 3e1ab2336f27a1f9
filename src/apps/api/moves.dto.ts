import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../http/fields';
import type { MovePlan } from '../moves/moves.service';
import { UpgradeJobDto } from './operations.dto';

export class MoveTargetDto {
  @ApiProperty({ type: 'string', example: '24ifsmvkjbyhk' })
  id: string;

  @ApiProperty({ type: 'string', example: 'manager-2', description: 'host name' })
  name: string;
}

export class MovePlanDto {
  @ApiProperty({
    type: 'boolean',
    description: 'it is stopped on its way, and its data go as a backup, which is verified',
  })
  hasData: boolean;

  @ApiProperty({
    type: [MoveTargetDto],
    description: 'nodes that take apps now; of an app with data those with a server',
  })
  nodes: MoveTargetDto[];

  @ApiProperty({
    type: [String],
    example: ['offsite'],
    description:
      'backup repositories by which its data can go, the default first; empty for an app without data',
  })
  repositories: string[];
}

export function toMovePlanDto({ hasData, nodes, repositories }: MovePlan): MovePlanDto {
  return {
    hasData,
    nodes: nodes.map(({ id, name }) => ({ id, name })),
    repositories: [...repositories],
  };
}

export class MoveAppDto {
  @TextField({
    maxLength: 255,
    description: 'id or host name of the node that it is to run on (`GET /api/v1/nodes`)',
    example: 'worker-1',
  })
  node: string;

  @TextField({
    maxLength: 32,
    optional: true,
    description:
      'of an app with data: the backup repository by which they go; absent: the first one that is no folder',
    example: 'offsite',
  })
  repository?: string;
}

export class MoveJobDto extends UpgradeJobDto {
  @ApiProperty({ type: 'string', example: 'worker-1', description: 'host name of the node' })
  node: string;
}
