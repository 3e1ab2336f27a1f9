import { Alert } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useText } from '../../app/language';
import { useMe } from '../../app/session';
import { PageHead } from '../../ui/page-head';
import { PageTabs } from '../../ui/page-tabs';
import { Loading } from '../../ui/problem';
import { AddressBans } from './address-bans';
import { AuditLog } from './audit-log';
import { DefaultSchedule } from './default-schedule';
import { GitStores } from './git-stores';
import { InviteCodes } from './invite-codes';
import { Users } from './users';

/** Users, invite codes, banned addresses, git stores, the default of backups and the audit log: for administrators. */
export function AdministrationPage() {
  const text = useText();
  const me = useMe();
  const navigate = useNavigate();
  const { tab = 'users' } = useSearch({ from: '/shell/administration' });
  if (!me) return <Loading />;
  if (me.role !== 1)
    return (
      <Alert color="gray">{text('此页仅供管理员使用。', 'This page is for administrators.')}</Alert>
    );
  const tabs = [
    { value: 'users', label: text('用户', 'Users'), Content: Users },
    { value: 'codes', label: text('邀请码', 'Invite codes'), Content: InviteCodes },
    { value: 'addresses', label: text('封禁地址', 'Banned addresses'), Content: AddressBans },
    { value: 'stores', label: text('应用源', 'Stores'), Content: GitStores },
    { value: 'backups', label: text('备份', 'Backups'), Content: DefaultSchedule },
    { value: 'audit', label: text('审计日志', 'Audit log'), Content: AuditLog },
  ];
  return (
    <>
      <PageHead title={text('管理', 'Administration')} />
      <PageTabs
        tabs={tabs}
        shown={tab}
        onShow={(search) => void navigate({ to: '/administration', search })}
      />
    </>
  );
}
