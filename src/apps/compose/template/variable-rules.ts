import { createContext, runInContext } from 'node:vm';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import type { VariableDefinition } from './variable-definition';

const MAX_VALUE_LENGTH = 4096;
/** Time limit of a foreign pattern, which may backtrack endlessly. */
const PATTERN_TIMEOUT_MS = 50;

/** Why a value is not accepted for a variable; null where it is. */
export function valueProblem(definition: VariableDefinition, value: string): Bilingual | null {
  if (value.length > MAX_VALUE_LENGTH) {
    return bilingual(`最多 ${MAX_VALUE_LENGTH} 个字符`, `at most ${MAX_VALUE_LENGTH} characters`);
  }
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    return bilingual('不能包含控制字符或换行', 'must not contain control characters or line ends');
  }
  return ofType(definition, value) ?? ofLength(definition, value) ?? ofPattern(definition, value);
}

function ofType(definition: VariableDefinition, value: string): Bilingual | null {
  switch (definition.type) {
    case 'string':
    case 'password':
      return null;
    case 'integer':
    case 'port':
      return ofInteger(definition, value);
    case 'boolean':
      return value === 'true' || value === 'false'
        ? null
        : bilingual('应为 true 或 false', 'must be true or false');
    case 'enum': {
      const allowed = definition.options.map((option) => option.value);
      if (allowed.includes(value)) return null;
      return bilingual(
        `应为其中之一：${allowed.join('、')}`,
        `must be one of: ${allowed.join(', ')}`,
      );
    }
    case 'email':
      return /^[^\s@<>,;"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(value)
        ? null
        : bilingual('应为电子邮箱地址', 'must be an e-mail address');
    case 'host':
      return /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(
        value,
      )
        ? null
        : bilingual('应为主机名或地址', 'must be a host name or an address');
    case 'url':
      return isWebAddress(value)
        ? null
        : bilingual('应为 http 或 https 地址', 'must be an http or https address');
  }
}

function ofInteger(definition: VariableDefinition, value: string): Bilingual | null {
  const min = definition.type === 'port' ? 1 : (definition.min ?? -Number.MAX_SAFE_INTEGER);
  const max = definition.type === 'port' ? 65_535 : (definition.max ?? Number.MAX_SAFE_INTEGER);
  const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return null;
  return bilingual(`应为 ${min} 到 ${max} 的整数`, `must be an integer from ${min} to ${max}`);
}

function ofLength(definition: VariableDefinition, value: string): Bilingual | null {
  if (definition.type === 'integer' || definition.type === 'port') return null;
  const { min, max } = definition;
  if (min !== null && value.length < min) {
    return bilingual(`至少 ${min} 个字符`, `at least ${min} characters`);
  }
  if (max !== null && value.length > max) {
    return bilingual(`最多 ${max} 个字符`, `at most ${max} characters`);
  }
  return null;
}

function ofPattern(definition: VariableDefinition, value: string): Bilingual | null {
  if (definition.pattern === null || matches(definition.pattern, value)) return null;
  return bilingual(`不符合格式 ${definition.pattern}`, `does not match ${definition.pattern}`);
}

/** The whole value against the pattern; a pattern that takes too long counts as not matching. */
function matches(pattern: string, value: string): boolean {
  const context = createContext({ pattern: `^(?:${pattern})$`, value });
  try {
    return runInContext('new RegExp(pattern, "u").test(value)', context, {
      timeout: PATTERN_TIMEOUT_MS,
    }) as boolean;
  } catch {
    return false;
  }
}

function isWebAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}
