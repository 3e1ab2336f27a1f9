import { ApiProperty } from '@nestjs/swagger';

const integer = (description: string, nullable = false): PropertyDecorator =>
  ApiProperty({ type: 'integer', format: 'int64', description, ...(nullable ? { nullable } : {}) });
const number = (description: string, nullable = false): PropertyDecorator =>
  ApiProperty({ type: 'number', description, ...(nullable ? { nullable } : {}) });

export class MemoryStateDto {
  @integer('bytes / 字节')
  totalBytes: number;

  @integer('total less what new programs can still get; bytes / 字节')
  usedBytes: number;

  @integer('bytes / 字节')
  availableBytes: number;

  @integer('bytes / 字节')
  swapTotalBytes: number;

  @integer('bytes / 字节')
  swapUsedBytes: number;
}

export class DiskStateDto {
  @ApiProperty({ type: 'string', example: '/' })
  mount: string;

  @ApiProperty({ type: 'string', example: '/dev/vda1' })
  device: string;

  @ApiProperty({ type: 'string', example: 'ext4' })
  type: string;

  @integer('bytes; null when it could not be read / 字节，无法读取时为 null', true)
  sizeBytes: number | null;

  @integer('bytes / 字节', true)
  usedBytes: number | null;

  @integer('what ordinary users can still write; bytes / 字节', true)
  availableBytes: number | null;

  @number('0 to 100, as Use% of df', true)
  usedPercent: number | null;

  @number('0 to 100; null where the number of inodes is not fixed', true)
  inodesUsedPercent: number | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    enum: ['no-permission', 'no-answer', 'error', null],
    description: 'why it could not be read / 无法读取的原因',
  })
  problem: string | null;
}

export class InterfaceStateDto {
  @ApiProperty({ type: 'string', example: 'eth0' })
  name: string;

  @integer('bytes since it came up / 累计字节')
  receivedBytes: number;

  @integer('bytes since it came up / 累计字节')
  sentBytes: number;

  @integer('bytes a second, over two seconds / 每秒字节')
  receivedPerSecond: number;

  @integer('bytes a second, over two seconds / 每秒字节')
  sentPerSecond: number;
}

export class OwnLimitsDto {
  @ApiProperty({ type: 'integer', enum: [1, 2] })
  cgroupVersion: number;

  @number('cores this process may use; null: all / 可用核数', true)
  cpuCores: number | null;

  @number('0 to 100 of those cores', true)
  cpuPercent: number | null;

  @integer('bytes this process may use; null: all / 内存上限', true)
  memoryBytes: number | null;

  @integer('bytes', true)
  memoryUsedBytes: number | null;

  @number('0 to 100 of that limit', true)
  memoryPercent: number | null;
}

export class ContainerUseDto {
  @ApiProperty({ type: 'string', example: 'websoft9-redmine' })
  name: string;

  @number('percent of one core, as docker stats; null until measured twice', true)
  cpuPercent: number | null;

  @integer('bytes without file cache / 字节')
  memoryBytes: number;

  @integer('its limit, or the memory of the machine / 内存上限')
  memoryLimitBytes: number;

  @integer('bytes a second; null until measured twice, and without a network of its own', true)
  receivedPerSecond: number | null;

  @integer('bytes a second; null until measured twice, and without a network of its own', true)
  sentPerSecond: number | null;
}

export class EngineStateDto {
  @ApiProperty({
    type: 'string',
    enum: ['up', 'unknown', 'unreachable', 'no-permission', 'no-answer'],
    enumName: 'EngineState',
  })
  state: string;

  @ApiProperty({ type: 'string', nullable: true, example: '24.0.7' })
  version: string | null;

  @integer('running containers; null unless the engine is up', true)
  running: number | null;

  @integer('all containers, stopped ones too', true)
  containers: number | null;

  @ApiProperty({ type: [ContainerUseDto], description: 'running containers / 运行中的容器' })
  usage: ContainerUseDto[];
}

export class ServerRiskDto {
  @ApiProperty({ type: 'string', description: 'the same finding keeps its id', example: '5f1c…' })
  id: string;

  @ApiProperty({ type: 'string', example: 'port-on-all-addresses' })
  code: string;

  @ApiProperty({ type: 'string', enum: ['high', 'medium', 'low'], enumName: 'RiskSeverity' })
  severity: string;

  @ApiProperty({ type: 'string', description: 'what it is about', example: 'websoft9-redmine' })
  subject: string;

  @ApiProperty({ type: 'string', description: 'what was seen / 依据' })
  evidence: string;

  @ApiProperty({ type: 'string', description: 'how to fix it / 处理办法' })
  remedy: string;
}

/** What `searchServer` answers. A metric that could not be read is empty or null, and `info` says so. */
export class ServerNodeDto {
  @ApiProperty({ type: 'string', description: 'as GET /api/v1/nodes lists it' })
  id: string;

  @ApiProperty({ type: 'string', description: 'host name', example: 'manager-1' })
  name: string;
}

export class ServerStateDto {
  @ApiProperty({
    type: ServerNodeDto,
    nullable: true,
    description:
      'the machine that all of this is about; null while its Docker Engine does not answer / 所述节点',
  })
  node: ServerNodeDto | null;

  @ApiProperty({
    type: 'string',
    example: '10%',
    description: 'busy share of all cores / CPU 使用率',
  })
  cpu: string;

  @ApiProperty({ type: 'string', example: '54%', description: 'as in free / 内存使用率' })
  memory: string;

  @ApiProperty({ type: 'string', example: '61%', description: 'file system of / / 磁盘占有率' })
  hdd: string;

  @ApiProperty({
    type: 'string',
    example: '3',
    description: 'number of unacknowledged risks / 未确认的风险数',
  })
  risk: string;

  @ApiProperty({ type: 'string', description: 'what is not known and why / 无法得知的内容及原因' })
  info: string;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'when measured / 采样时间' })
  sampledAt: string;

  @integer('cores of the machine / 核数')
  cores: number;

  @ApiProperty({ type: [Number], example: [0.2, 0.3, 0.3], description: '1, 5, 15 minutes / 负载' })
  load: number[];

  @integer('seconds / 秒')
  uptimeSeconds: number;

  @ApiProperty({ type: MemoryStateDto, nullable: true })
  memoryDetails: MemoryStateDto | null;

  @ApiProperty({ type: [DiskStateDto] })
  disks: DiskStateDto[];

  @ApiProperty({ type: [InterfaceStateDto] })
  network: InterfaceStateDto[];

  @ApiProperty({
    type: OwnLimitsDto,
    nullable: true,
    description:
      'what this process may use where that is less than the machine has (in a container) / 容器限制',
  })
  limits: OwnLimitsDto | null;

  @ApiProperty({ type: EngineStateDto })
  docker: EngineStateDto;

  @ApiProperty({
    type: [ServerRiskDto],
    description: 'for administrators; empty for other users / 仅管理员可见',
  })
  risks: ServerRiskDto[];
}
