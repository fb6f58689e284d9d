import { Duration, Validations } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { type ITrigger, Trigger } from 'aws-cdk-lib/triggers'

/** Calls a function each minute. A call that fails or comes too late is not repeated: the next minute's does its work. */
export function everyMinute(lambda: Lambda, description: string): void {
  const late = { retryAttempts: 0, maxEventAge: Duration.minutes(1) }
  lambda.configureAsyncInvoke(late)
  new Rule(lambda, 'EveryMinute', {
    description,
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(lambda, late)],
  })
}

/** Calls a function once in each deploy that changes it, after all that it needs; the deploy fails where the call does. */
export function onDeploy(lambda: Lambda, timeout: Duration): ITrigger {
  Validations.of(lambda).acknowledge({
    id: '@aws-cdk/aws-lambda:addPermissionsToVersionOrAlias',
    reason:
      'The deploy calls the new version and is allowed that; the schedule calls the function and is allowed this.',
  })
  return new Trigger(lambda, 'OnDeploy', { handler: lambda, timeout, executeAfter: [lambda] })
}
