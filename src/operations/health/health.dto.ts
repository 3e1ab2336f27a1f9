import { ApiProperty } from '@nestjs/swagger';
import { PRODUCT_VERSION } from '../../platform/config/product-version';

export class LivenessDto {
  @ApiProperty({ type: 'string', enum: ['ok'] })
  status: 'ok';

  @ApiProperty({ type: 'string', description: 'Version of StackScape', example: PRODUCT_VERSION })
  version: string;
}
