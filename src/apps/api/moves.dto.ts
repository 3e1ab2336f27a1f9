import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../http/fields';
import { JobDto } from './operations.dto';

export class MoveAppDto {
  @TextField({
    maxLength: 255,
    description: 'id or host name of the node that it is to run on (`GET /api/v1/nodes`)',
    example: 'worker-1',
  })
  node: string;
}

export class MoveJobDto extends JobDto {
  @ApiProperty({ type: 'string', example: 'worker-1', description: 'host name of the node' })
  node: string;
}
