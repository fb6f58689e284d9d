import type { Span } from '../../otlp/span.ts'
import { skuIn } from '../../prices/sku.ts'
import { countOf } from '../attribute.ts'
import type { Charge } from '../charge.ts'
import { hasHttpMethod, isFrontDoor } from '../entry-span.ts'
import type { Deployment, RatingContext } from '../rating-context.ts'
import { homeRegion } from '../region.ts'
import type { Usage } from '../usage.ts'

/**
 * What stands before a service, on its HTTP entry spans; only where the configuration says that it stands there, as no span does.
 *
 *   aws/apigateway/request/<http|rest>   1            `rating.services[].apiGateway`; https://aws.amazon.com/api-gateway/pricing/
 *   aws/data-transfer/internet-out       body bytes   `rating.services[].internetEgress`, front-door spans; https://aws.amazon.com/ec2/pricing/on-demand/
 *
 * HTTP APIs bill each 512 KB of a payload as a request; that is not seen here. Transfer between zones and regions is never
 * told by a span, and neither are headers: nothing is charged for them.
 */
export function rateFrontDoor(span: Span, context: RatingContext, deployment: Deployment): Charge | undefined {
  if (!hasHttpMethod(span.attributes)) return undefined
  const region = homeRegion(span.resource.attributes) ?? context.settings.region
  const usage: Usage[] = []
  const unmetered: string[] = []
  if (deployment.apiGateway !== undefined) {
    usage.push({ sku: skuIn(`aws/apigateway/request/${deployment.apiGateway}`, region), quantity: 1 })
  }
  if (deployment.internetEgress && isFrontDoor(span)) {
    const bytes = countOf(span.attributes, 'http.response.body.size', 'http.response_content_length')
    if (bytes === undefined) unmetered.push('http.response.body.size')
    else if (bytes > 0) usage.push({ sku: skuIn('aws/data-transfer/internet-out', region), quantity: bytes })
  }
  return { rule: 'entry', usage, unmetered, assumed: [] }
}
