import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SKU_FAMILIES } from '../../../layers/core/prices/sku.ts'
import { entryOf } from '../../layers/core/prices/listed.ts'

/** What the server does to a call, in the words of its test. */
type Behaviour = 'well' | 'throttling' | 'hanging' | 'truncating' | 'failing' | 'cutting entries' | 'denying'

export interface PriceListServer {
  readonly endpoint: string
  /** Calls answered so far, in whatever way. */
  readonly calls: number
  /** From now on; `times` calls of it, then well again. */
  behave(behaviour: Behaviour, times?: number): void
  /** From now on every product costs so much, so that a book shows which answers it is made of. */
  publish(usd: string): void
  close(): Promise<void>
}

/** The Price List's GetProducts on the loopback: AWS JSON 1.1, two products a page, as the API reference has it. */
export async function startPriceListServer(): Promise<PriceListServer> {
  let behaviour: Behaviour = 'well'
  let left = Number.POSITIVE_INFINITY
  let usd = '0.000001'
  let calls = 0
  const server = createServer(async (request, response) => {
    calls++
    const now = left > 0 ? behaviour : 'well'
    left--
    answer(now, await bodyOf(request), usd, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls
    },
    behave(next, times = Number.POSITIVE_INFINITY) {
      behaviour = next
      left = times
    },
    publish(next) {
      usd = next
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

interface GetProducts {
  readonly ServiceCode: string
  readonly Filters: readonly { readonly Field: string; readonly Value: string }[]
  readonly NextToken?: string
}

function answer(behaviour: Behaviour, text: string, usd: string, request: IncomingMessage, to: ServerResponse): void {
  if (request.headers['x-amz-target'] !== 'AWSPriceListService.GetProducts') {
    send(to, 404, '{}')
    return
  }
  const page = pageOf(JSON.parse(text) as GetProducts, usd)
  switch (behaviour) {
    case 'throttling':
      send(to, 400, problem('ThrottlingException'))
      break
    case 'denying':
      send(to, 400, problem('AccessDeniedException'))
      break
    case 'failing':
      send(to, 500, problem('InternalErrorException'))
      break
    case 'hanging':
      break
    case 'truncating':
      send(to, 200, JSON.stringify(page).slice(0, 200))
      break
    case 'cutting entries':
      send(to, 200, JSON.stringify({ ...page, PriceList: page.PriceList.map((entry) => entry.slice(0, -20)) }))
      break
    case 'well':
      send(to, 200, JSON.stringify(page))
  }
}

const problem = (type: string): string => JSON.stringify({ __type: type, Message: 'as told' })

/** Two products a page, so that every service with more has pages to follow. */
function pageOf({ ServiceCode, Filters, NextToken }: GetProducts, usd: string) {
  const region = Filters.find(({ Field }) => /regionCode/i.test(Field))?.Value ?? ''
  const products = SKU_FAMILIES.filter(({ serviceCode }) => serviceCode === ServiceCode).map((family, place) =>
    entryOf({
      serviceCode: ServiceCode,
      usageType: family.usageTypes[0] ?? '',
      unit: family.listUnits[0] ?? '',
      region,
      sku: `${ServiceCode}${place}`,
      attributes: family.attributes,
      bands: [{ begin: '0', end: 'Inf', usd }],
    }),
  )
  const from = Number(NextToken ?? 0)
  const next = from + 2
  return {
    FormatVersion: 'aws_v1',
    PriceList: products.slice(from, next),
    ...(next < products.length ? { NextToken: String(next) } : {}),
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(body)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
