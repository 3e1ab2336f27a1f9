import { containerRules, endpointRule, hostConfigRules } from './container-rules';
import {
  buildRule,
  externalNetworkRule,
  fileRule,
  networkRule,
  volumeRule,
} from './resource-rules';

interface PolicyRow {
  readonly keys: readonly string[];
  readonly code: string;
  readonly allowed: string;
  readonly why: string;
}

/** Why some keys may hold anything. */
const FREE = 'acts on the container itself; shares of processor, memory and disk are not guarded';

/** How the texts of the table are said; as they are, or in another language. */
export type Say = (text: string) => string;

/**
 * Every key of a template that the policy looks at, what it may hold and why, as a Markdown table.
 *
 * @param say turns the English texts of the rules into another language
 */
export function policyTable(say: Say = (text) => text): string {
  const fields = Object.values({ ...containerRules, ...hostConfigRules }) as PolicyRow[];
  const isFree = ({ code }: PolicyRow) => code === 'policy';
  const free = [...new Set(fields.filter(isFree).flatMap(({ keys }) => keys))].sort();
  const ofServices = [...fields.filter((row) => !isFree(row)), endpointRule, buildRule];
  const ofProject = [networkRule, externalNetworkRule, volumeRule, fileRule];
  return [
    `| ${['key', 'allowed', 'otherwise', 'why'].map(say).join(' | ')} |`,
    '|---|---|---|---|',
    ...ofServices.map((row) => line(row, '', say)),
    ...ofProject.map((row) => line(row, say(' of the project'), say)),
    `| ${names(free)} | ${say('any value')} | – | ${say(FREE)} |`,
    `| ${say('anything else')} | ${say('not set')} | \`policy\` | ${say('a field without a rule is never sent')} |`,
  ].join('\n');
}

function line({ keys, code, allowed, why }: PolicyRow, where: string, say: Say): string {
  return `| ${names(keys)}${where} | ${say(allowed)} | \`${code}\` | ${say(why)} |`;
}

function names(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(', ');
}
