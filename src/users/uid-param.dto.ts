import { UuidField } from '../http/fields';

export class UidParamDto {
  @UuidField({ description: 'uid of the user' })
  uid: string;
}
