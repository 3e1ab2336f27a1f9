/** The groups of calls, in the order in which people meet them. */
export const TAGS = {
  'Sign-in': 'Accounts, sessions, access and refresh tokens / 登录与会话',
  Account: 'One’s own account / 自己的账号',
  Apps: 'What is installed: install, watch, operate, uninstall / 应用安装与管理',
  Backups: 'Backups of apps, for administrators / 应用备份',
  Catalog: 'What can be installed / 应用目录',
  Compute: 'Computations in a queue; research use only / 计算任务',
  History: 'Records of computations, confirmed diagnoses, import and export / 计算记录',
  Models: 'Models and how they did on confirmed records / 模型与统计',
  Server: 'State and risks of the machine / 服务器状态与风险',
  Users: 'Accounts of others, for administrators / 用户管理',
  'Invite codes': 'Codes that let people register, for administrators / 注册码管理',
  'Address bans': 'Addresses that may not compute, for administrators / 地址封禁',
  'Audit log': 'Who did what to whom, for administrators / 审计日志',
  Health: 'For load balancers, supervisors and Prometheus / 健康检查与监控',
} as const;

export type ApiTag = keyof typeof TAGS;
