import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SHOP = fileURLToPath(new URL('shop.ts', import.meta.url))

/** What one request of the shop costs: 10 ms at the rate of the test, 2 read units of DynamoDB in us-east-1. */
export const REQUEST_MS = 10
export const REQUEST_READ_UNITS = 2

export interface ShopRun {
  readonly otlpUrl: string
  readonly service: string
  readonly requests: number
}

/** Runs the shop in a process of its own; resolves when its spans are exported. Variables are OpenTelemetry's own. */
export async function runShop({ otlpUrl, service, requests }: ShopRun): Promise<void> {
  await promisify(execFile)(process.execPath, [SHOP], {
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
      OTEL_EXPORTER_OTLP_HEADERS: `x-service-name=${service}`,
      OTEL_SERVICE_NAME: service,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.version=a1b2c3d',
      // The shop makes its spans faster than any service: none may be dropped before it is exported.
      OTEL_BSP_MAX_QUEUE_SIZE: '100000',
      REQUESTS: String(requests),
    },
  })
}
