import { containerRules, endpointRule, hostConfigRules } from './container-rules';
import {
  buildRule,
  externalNetworkRule,
  fileRule,
  networkRule,
  volumeRule,
} from './resource-rules';

interface Row {
  readonly keys: readonly string[];
  readonly code: string;
  readonly allowed: string;
  readonly why: string;
}

/** Every key of a template that the policy looks at, what it may hold and why, as a Markdown table. */
export function policyTable(): string {
  const fields = Object.values({ ...containerRules, ...hostConfigRules }) as Row[];
  const isFree = ({ code }: Row) => code === 'policy';
  const free = [...new Set(fields.filter(isFree).flatMap(({ keys }) => keys))].sort();
  const ofServices = [...fields.filter((row) => !isFree(row)), endpointRule, buildRule];
  const ofProject = [networkRule, externalNetworkRule, volumeRule, fileRule];
  return [
    '| key | allowed | otherwise | why |',
    '|---|---|---|---|',
    ...ofServices.map((row) => line(row, '')),
    ...ofProject.map((row) => line(row, ' of the project')),
    `| ${names(free)} | any value | – | acts on the container itself; shares of processor, memory and disk are not guarded |`,
    '| anything else | not set | `policy` | a field without a rule is never sent |',
  ].join('\n');
}

function line({ keys, code, allowed, why }: Row, where: string): string {
  return `| ${names(keys)}${where} | ${allowed} | \`${code}\` | ${why} |`;
}

function names(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(', ');
}
