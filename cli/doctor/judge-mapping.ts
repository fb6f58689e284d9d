import type { FunctionMapping } from '../../layers/adapters/deployed-parts.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const PART = 'mapping'

/** Does Lambda feed the topic to attribute-spans, without problems? */
export function judgeMapping(mappings: readonly FunctionMapping[], topic: string): Finding {
  const mapping = mappings.find(({ topics }) => topics.includes(topic))
  if (mapping === undefined) {
    return fail(PART, `nothing feeds ${topic} to attribute-spans`, 'deploy again: "npx cdk deploy --all"')
  }
  const { id, state, lastResult } = mapping
  if (lastResult.startsWith('PROBLEM')) {
    return fail(PART, `${state}; ${lastResult}`, 'docs/operations.md, "span-lag", goes through what it may be')
  }
  if (state === 'Enabled') return ok(PART, lastResult === '' ? 'enabled' : `enabled; last: ${lastResult}`)
  if (state === 'Disabled' || state === 'Disabling') {
    return fail(
      PART,
      'disabled: spans wait in the topic',
      `aws lambda update-event-source-mapping --uuid ${id} --enabled`,
    )
  }
  return warn(PART, `${state}`, 'wait some minutes and look again')
}
