import * as z from 'zod'

/**
 * What CloudFormation sends to the function behind a custom resource (CloudFormation user guide, custom resource request
 * objects). All values of `ResourceProperties` arrive as strings.
 */
const deployRequestSchema = z.looseObject({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.record(z.string(), z.unknown()),
  /** Of an Update: what the deploy before asked for; where a deploy goes back, what the one asked for that failed. */
  OldResourceProperties: z.record(z.string(), z.unknown()).optional(),
})

export type DeployRequest = z.infer<typeof deployRequestSchema>

/** What the deploy is told: go on, for which there may be a warning that only the log shows, or stop and show the reason. */
export type DeployAnswer =
  | { readonly status: 'SUCCESS'; readonly warning?: string }
  | { readonly status: 'FAILED'; readonly reason: string }

/** This is no request of a deploy. */
export class NotADeployRequest extends Error {
  override readonly name = 'NotADeployRequest'
  constructor(cause: unknown) {
    super('this function is called by CloudFormation, for a custom resource: deploy its stack', { cause })
  }
}

/** The deploy could not be told how it went: it waits until the resource's own timeout, then fails. */
export class DeployNotAnswered extends Error {
  override readonly name = 'DeployNotAnswered'
}

/** @throws NotADeployRequest */
export function readDeployRequest(event: unknown): DeployRequest {
  const parsed = deployRequestSchema.safeParse(event)
  if (!parsed.success) throw new NotADeployRequest(parsed.error)
  return parsed.data
}

/** CloudFormation takes an answer of 4096 bytes at most. */
const REASON_MAX = 2000
const ATTEMPTS = 3

/**
 * Answers a deploy: a PUT to the presigned URL of its request. `physicalId` names what was made; a change of it would make
 * CloudFormation delete the old one. A failed Create keeps it too, so that the Delete of the rollback names the same thing.
 * @throws DeployNotAnswered
 */
export async function answerDeploy(request: DeployRequest, physicalId: string, answer: DeployAnswer): Promise<void> {
  const said = JSON.stringify({
    Status: answer.status,
    ...(answer.status === 'FAILED' && { Reason: answer.reason.slice(0, REASON_MAX) }),
    PhysicalResourceId: physicalId,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
  })
  let last: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      // The URL is signed without a content type, and one that is sent breaks the signature: bytes bring none, a string does.
      const response = await fetch(request.ResponseURL, { method: 'PUT', body: new TextEncoder().encode(said) })
      if (response.ok) return
      last = `status ${response.status}`
    } catch (error) {
      last = error
    }
  }
  throw new DeployNotAnswered('CloudFormation could not be answered', { cause: last })
}
