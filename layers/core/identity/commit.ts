import type { Attributes } from '../otlp/span.ts'
import { attributeText } from './attribute-text.ts'
import { cleanName } from './clean-name.ts'

/** A full SHA-256 object name of git has 64 digits. */
const COMMIT_MAX = 64

const UNKNOWN_COMMIT = 'unknown'

/** The deployed revision: `vcs.ref.head.revision`, else `service.version`, else `unknown`; at most 64 characters. */
export function commitOf(attributes: Attributes): string {
  return cleanCommit(attributeText(attributes['vcs.ref.head.revision']) || attributeText(attributes['service.version']))
}

/** A revision as a row's name may hold it; `unknown` for ''. */
export const cleanCommit = (revision: string): string => cleanName(revision, COMMIT_MAX) || UNKNOWN_COMMIT
