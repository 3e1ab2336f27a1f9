import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../http/fields';
import { fieldRule } from '../../http/fields/field-rule';
import { bilingual } from '../../platform/i18n/bilingual';
import type { NodeView } from '../nodes/nodes.service';

const MAX_LABELS = 64;
const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const LABEL_VALUE = /^[^\p{Cc}\p{Cs}]{0,255}$/u;

export class NodeParamDto {
  @TextField({ maxLength: 255, description: 'id or host name', example: 'worker-1' })
  node: string;
}

function areLabels(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const labels = Object.entries(value);
  return (
    labels.length <= MAX_LABELS &&
    labels.every(
      ([name, text]) => LABEL_NAME.test(name) && typeof text === 'string' && LABEL_VALUE.test(text),
    )
  );
}

export class NodeLabelsDto {
  @applyDecorators(
    ApiProperty({
      type: 'object',
      additionalProperties: { type: 'string', maxLength: 255 },
      maxProperties: MAX_LABELS,
      description:
        'all labels that the node has afterwards; a template asks for one by `node.labels.zone==b`',
      example: { zone: 'b' },
    }),
    fieldRule(
      'labels',
      areLabels,
      bilingual(
        `须为最多 ${MAX_LABELS} 个标签的对象；名称由字母、数字和 _.- 组成，以字母或数字开头，最多 128 个字符；值为最多 255 个字符的文本，不含控制字符`,
        `must be an object of at most ${MAX_LABELS} labels; names are letters, digits and _.-, a letter or digit first, at most 128; values are text of at most 255 characters without control characters`,
      ),
    ),
  )
  labels: Record<string, string>;
}

export class NodeAppDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({
    type: 'boolean',
    description:
      'something of it can run on this node only: its data is there, or it was asked for',
  })
  pinned: boolean;

  @ApiProperty({ type: [Number], example: [9001], description: 'its ports that are open there' })
  ports: number[];
}

export class NodeDto {
  @ApiProperty({ type: 'string', example: '24ifsmvkjbyhk' })
  id: string;

  @ApiProperty({ type: 'string', example: 'worker-1', description: 'host name' })
  name: string;

  @ApiProperty({
    type: 'string',
    enum: ['engine', 'manager', 'worker'],
    enumName: 'NodeRole',
    description: 'in the Swarm; `engine`: there is no Swarm, but this one',
  })
  role: string;

  @ApiProperty({ type: 'boolean', description: 'the manager that leads' })
  leader: boolean;

  @ApiProperty({
    type: 'boolean',
    description: 'a server of this installation runs there, and apps may have their data there',
  })
  home: boolean;

  @ApiProperty({
    type: 'string',
    enum: ['ready', 'down', 'disconnected', 'unknown'],
    enumName: 'NodeState',
  })
  state: string;

  @ApiProperty({ type: 'string', description: 'what the Swarm says of the state; mostly empty' })
  message: string;

  @ApiProperty({
    type: 'string',
    enum: ['active', 'pause', 'drain'],
    enumName: 'NodeAvailability',
    description: '`pause`: takes nothing new; `drain`: runs nothing',
  })
  availability: string;

  @ApiProperty({ type: 'string', nullable: true, example: '192.0.2.12' })
  address: string | null;

  @ApiProperty({ type: 'string', example: '24.0.7' })
  engineVersion: string;

  @ApiProperty({ type: 'string', example: 'linux' })
  os: string;

  @ApiProperty({ type: 'string', example: 'x86_64' })
  architecture: string;

  @ApiProperty({ type: 'number', example: 4, description: 'cores' })
  cpus: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes' })
  memoryBytes: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { zone: 'b' },
  })
  labels: Record<string, string>;

  @ApiProperty({ type: [NodeAppDto], description: 'by name' })
  apps: NodeAppDto[];
}

export function toNodeDto({
  isLeader,
  isHome,
  holdsApps,
  apps,
  engineLabels,
  ...node
}: NodeView): NodeDto {
  void [engineLabels, isHome];
  return {
    ...node,
    labels: { ...node.labels },
    leader: isLeader,
    home: holdsApps,
    apps: apps.map(({ appName, isPinned, ports }) => ({
      appName,
      pinned: isPinned,
      ports: [...ports],
    })),
  };
}
