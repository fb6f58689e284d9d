import { countOf } from '../attribute.ts'
import type { ApiRater } from './api-call.ts'

const TRANSITIONS = 'tollgate.states.transitions'

/**
 * AWS Step Functions. Source: https://aws.amazon.com/step-functions/pricing/.
 *
 *   aws/states/transition        StartExecution (Standard): as many transitions as the span's `tollgate.states.transitions` says
 *   aws/states/express-request   StartSyncExecution (Express only): 1
 *
 * An execution goes on after the call: no SDK knows its transitions. Duration and memory of Express executions are not in a span.
 */
export const rateStepFunctions: ApiRater = ({ method, attributes }) => {
  if (method === 'StartSyncExecution') return [{ family: 'aws/states/express-request', quantity: 1 }]
  if (method !== 'StartExecution') return []
  const transitions = countOf(attributes, TRANSITIONS)
  return transitions === undefined
    ? [{ missing: TRANSITIONS }]
    : [{ family: 'aws/states/transition', quantity: transitions }]
}

/**
 * AWS KMS: requests with symmetric keys. Source: https://aws.amazon.com/kms/pricing/.
 *
 *   aws/kms/request   1
 *
 * Generating key pairs costs by the kind of key, which no span names. RSA and elliptic-curve keys cost more than is charged here.
 */
export const rateKms: ApiRater = ({ method }) =>
  method.startsWith('GenerateDataKeyPair')
    ? [{ missing: 'aws.kms.key_spec' }]
    : [{ family: 'aws/kms/request', quantity: 1 }]

/** AWS Secrets Manager: every API call is one. Source: https://aws.amazon.com/secrets-manager/pricing/. */
export const rateSecretsManager: ApiRater = () => [{ family: 'aws/secretsmanager/request', quantity: 1 }]

/**
 * Parameter Store: free in the standard throughput tier, an interaction a call in the higher one (a call for many parameters is
 * more than one: a lower bound). Source: https://aws.amazon.com/systems-manager/pricing/.
 *
 *   aws/ssm/parameter-request   1, where `rating.assume.parameterThroughput` is `higher`
 */
export const rateSsm: ApiRater = ({ method, settings }) => {
  const throughput = settings.assume.parameterThroughput
  const assumed = { assumed: `ssm.throughput=${throughput}` }
  if (!method.includes('Parameter')) return []
  return throughput === 'standard' ? [assumed] : [{ family: 'aws/ssm/parameter-request', quantity: 1 }, assumed]
}
