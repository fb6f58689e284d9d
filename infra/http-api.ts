import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import { deliveredLogs } from './delivered-logs.ts'

export interface TollgateApiProps extends Pick<Configuration, 'name' | 'api'> {
  /** The function that answers each route. */
  readonly routes: Readonly<Record<`${'GET' | 'POST'} /${string}`, IFunction>>
}

/**
 * A line of the access log. CDK's own format is that of REST APIs, whose path an HTTP API does not know; and who asked, and why nobody
 * answered, is not in it (API Gateway guide, http-api-logging-variables).
 */
const ACCESS = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  route: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  bytes: '$context.responseLength',
  refused: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
}

/** The HTTP API: callers sign with their own credentials and need `execute-api:Invoke`; no route is public. */
export function tollgateApi(scope: Construct, id: string, { name, api: limits, routes }: TollgateApiProps): HttpApi {
  const api = new HttpApi(scope, id, {
    apiName: name,
    description: 'Tollgate: flags for gates, spend for people',
    createDefaultStage: false,
    defaultAuthorizer: new HttpIamAuthorizer(),
  })
  new HttpStage(api, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: limits.requestsPerSecond, burstLimit: limits.burst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(
        new LogGroup(api, 'AccessLogs', {
          logGroupName: deliveredLogs(name, 'api'),
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS)),
    },
  })
  for (const [route, lambda] of Object.entries(routes)) {
    const [method = '', path = ''] = route.split(' ')
    const methods = [method === 'POST' ? HttpMethod.POST : HttpMethod.GET]
    api.addRoutes({ path, methods, integration: new HttpLambdaIntegration(route, lambda) })
  }
  return api
}
