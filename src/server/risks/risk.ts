import { createHash } from 'node:crypto';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { riskKinds, type RiskCode, type RiskSeverity } from './risk-codes';

/** A finding that an operator should know about, identified by code and subject. */
export interface Risk {
  /** The same at every audit and on every node, so an acknowledgement can refer to it. */
  readonly id: string;
  readonly code: RiskCode;
  readonly severity: RiskSeverity;
  /** A container, mount point, setting … */
  readonly subject: string;
  readonly evidence: Bilingual;
  readonly remedy: Bilingual;
}

/** @param zh what was seen, in Chinese, then in English */
export function risk(
  code: RiskCode,
  subject: string,
  zh: string,
  en: string,
  severity: RiskSeverity = riskKinds[code].severity,
): Risk {
  const id = createHash('sha256').update(`${code}\0${subject}`).digest('hex').slice(0, 32);
  return {
    id,
    code,
    severity,
    subject,
    evidence: bilingual(zh, en),
    remedy: riskKinds[code].remedy,
  };
}
