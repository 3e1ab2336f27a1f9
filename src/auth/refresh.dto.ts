import { TextField } from '../http/fields';

export class RefreshDto {
  @TextField({ maxLength: 256, description: 'the refresh_token of a login or an earlier refresh' })
  refresh_token: string;
}
