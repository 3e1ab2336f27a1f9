import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../http/fields';
import { ApiTime } from '../../http/fields/api-fields';
import type { StoredRegistryLogin } from './registry-login.entity';

const REGISTRY = {
  maxLength: 255,
  pattern: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$/i,
  description: 'host of the registry, with its port where it has one / 镜像仓库地址',
  example: 'registry.lan:5000',
};

export class RegistryParamDto {
  @TextField(REGISTRY)
  registry: string;
}

export class RegistryLoginRequestDto {
  @TextField({ maxLength: 255, description: 'user at the registry / 用户名', example: 'robot' })
  username: string;

  @TextField({
    maxLength: 4096,
    description: 'password or access token; no answer repeats it / 密码或访问令牌',
    example: 'S3cure-robot-token',
  })
  password: string;
}

/** A login, without its password. */
export class RegistryLoginDto {
  @ApiProperty({ type: 'string', example: REGISTRY.example })
  registry: string;

  @ApiProperty({ type: 'string', example: 'robot' })
  username: string;

  @ApiTime('when it was stored')
  updatedAt: number;
}

export function toRegistryLoginDto(row: StoredRegistryLogin): RegistryLoginDto {
  const { registry, username, updatedAt } = row;
  return { registry, username, updatedAt: updatedAt.getTime() };
}
