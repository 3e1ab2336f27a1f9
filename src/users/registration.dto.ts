import { ApiProperty } from '@nestjs/swagger';

export class RegistrationStateDto {
  @ApiProperty({
    type: 'boolean',
    description: 'There is no account yet: the next one to register becomes the administrator',
  })
  first_administrator: boolean;
}
