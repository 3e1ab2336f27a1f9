import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../http/fields';
import { UpgradeJobDto } from './operations.dto';

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
