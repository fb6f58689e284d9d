import { Duration, Validations } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { Trigger } from 'aws-cdk-lib/triggers'

/** Calls a function each minute. A call that fails or comes too late is not repeated: the next minute's does its work. */
export const everyMinute = (lambda: Lambda, description: string): void =>
  every(lambda, 'EveryMinute', Duration.minutes(1), description)

/** Calls a function each hour, in the same way. */
export const everyHour = (lambda: Lambda, description: string): void =>
  every(lambda, 'EveryHour', Duration.hours(1), description)

function every(lambda: Lambda, id: string, period: Duration, description: string): void {
  const late = { retryAttempts: 0, maxEventAge: period }
  lambda.configureAsyncInvoke(late)
  new Rule(lambda, id, { description, schedule: Schedule.rate(period), targets: [new LambdaFunction(lambda, late)] })
}

/** Calls a function once in each deploy that changes it, after all that it needs; the deploy fails where the call does. */
export function onDeploy(lambda: Lambda, timeout: Duration): void {
  Validations.of(lambda).acknowledge({
    id: '@aws-cdk/aws-lambda:addPermissionsToVersionOrAlias',
    reason:
      'The deploy calls the new version and is allowed that; the schedule calls the function and is allowed this.',
  })
  new Trigger(lambda, 'OnDeploy', { handler: lambda, timeout, executeAfter: [lambda] })
}
