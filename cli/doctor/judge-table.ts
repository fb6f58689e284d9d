import type { TableSettings } from '../../layers/adapters/deployed-parts.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** The attribute that infra/tables.ts names. */
const EXPIRES_BY = 'expiresAt'
const STREAM = 'NEW_AND_OLD_IMAGES'

/** Is the table set up as the deployment sets it up? `isStreamed`: alerts and flags are made from its stream. */
export function judgeTable(name: string, isStreamed: boolean, settings: TableSettings): Finding {
  const part = `table ${name}`
  const redeploy = 'somebody changed it by hand; set it back, or see what "npx cdk diff" says'
  if (isStreamed && settings.stream !== STREAM) {
    return fail(part, `its stream is ${settings.stream ?? 'off'}: no alerts, no flags`, redeploy)
  }
  if (settings.status !== 'ACTIVE' && settings.status !== 'UPDATING') {
    return fail(part, settings.status, 'look at it in the console')
  }
  const missing = [
    settings.expiresBy === EXPIRES_BY ? undefined : `items do not expire by ${EXPIRES_BY}`,
    settings.isRecoverable ? undefined : 'no point-in-time recovery',
    settings.isProtected ? undefined : 'no deletion protection',
  ].filter((one) => one !== undefined)
  if (missing.length > 0) return warn(part, missing.join(', '), redeploy)
  return ok(part, `expires, recoverable, protected${isStreamed ? ', streamed' : ''}`)
}
