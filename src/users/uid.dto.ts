import { ApiProperty } from '@nestjs/swagger';

export class UidDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: '9a6d777c-997d-a7e5-35f4-8471b7582ac0' })
  uid: string;
}
