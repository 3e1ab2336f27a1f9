import { UuidField } from '../http/fields';

export class SidParamDto {
  @UuidField({ description: 'id of a session' })
  sid: string;
}
