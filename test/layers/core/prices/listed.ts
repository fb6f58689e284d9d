/** One band of a price dimension, as GetProducts spells it. */
interface GivenBand {
  readonly begin: string
  readonly end: string
  readonly usd: string | null
  readonly description?: string
  readonly rateCode?: string
}

export interface GivenProduct {
  readonly serviceCode: string
  readonly usageType: string
  readonly unit: string
  readonly bands: readonly GivenBand[]
  readonly region?: string
  readonly sku?: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** A product in the shape of get-products.rst of the AWS CLI, before it is made a string. */
export function productEntry({ serviceCode, usageType, unit, bands, region, sku, attributes }: GivenProduct) {
  const code = sku ?? 'GU2ZS9HVP6QTQ7KE'
  const term = `${code}.JRTCKXETXF`
  const dimensions = bands.map(({ begin, end, usd, description, rateCode }, place) => {
    const id = rateCode ?? `${term}.${String.fromCharCode(65 + place)}`
    return [
      id,
      {
        unit,
        beginRange: begin,
        endRange: end,
        rateCode: id,
        description: description ?? '',
        appliesTo: [],
        pricePerUnit: { USD: usd } as Record<string, string | null> | null,
      },
    ] as const
  })
  return {
    product: {
      productFamily: 'Serverless',
      sku: code,
      attributes: {
        servicecode: serviceCode,
        usagetype: usageType,
        operation: '',
        regionCode: region ?? 'us-east-1',
        ...attributes,
      } as Record<string, string>,
    },
    serviceCode,
    terms: {
      OnDemand: {
        [term]: { priceDimensions: Object.fromEntries(dimensions), sku: code, offerTermCode: 'JRTCKXETXF' },
      },
    } as Record<string, unknown>,
    version: '20261101000000',
    publicationDate: '2026-11-01T00:00:00Z',
  }
}

/** Lambda's requests and tiered GB-seconds, and S3's PUT requests, in us-east-1: what the Price List gives for them. */
export const LAMBDA_REQUEST: GivenProduct = {
  serviceCode: 'AWSLambda',
  usageType: 'Request',
  unit: 'Requests',
  bands: [
    {
      begin: '0',
      end: 'Inf',
      usd: '0.0000002000',
      description: 'AWS Lambda - Total Requests - US East (Northern Virginia)',
    },
  ],
}

export const LAMBDA_COMPUTE: GivenProduct = {
  serviceCode: 'AWSLambda',
  usageType: 'Lambda-GB-Second',
  unit: 'Lambda-GB-Second',
  sku: 'TG3M4CAGBA3NYQBH',
  bands: [
    { begin: '0', end: '6000000000', usd: '0.0000166667', description: 'AWS Lambda - Total Compute - US East-Tier-1' },
    { begin: '6000000000', end: '15000000000', usd: '0.0000150000', description: 'AWS Lambda - Total Compute-Tier-2' },
    { begin: '15000000000', end: 'Inf', usd: '0.0000133334', description: 'AWS Lambda - Total Compute-Tier-3' },
  ],
}

export const S3_PUT: GivenProduct = {
  serviceCode: 'AmazonS3',
  usageType: 'Requests-Tier1',
  unit: 'Requests',
  sku: 'E9YHNSENK4QBZR64',
  bands: [
    { begin: '0', end: 'Inf', usd: '0.0000050000', description: '$0.005 per 1,000 PUT, COPY, POST, or LIST requests' },
  ],
}

/** SNS, whose free tier is the first band of the paid product. */
export const SNS_REQUEST: GivenProduct = {
  serviceCode: 'AmazonSNS',
  usageType: 'Requests-Tier1',
  unit: 'Requests',
  sku: 'QDX8G2WMY9NPXXPG',
  bands: [
    {
      begin: '0',
      end: '1000000',
      usd: '0.0000000000',
      description: 'First 1,000,000 Amazon SNS API Requests per month are free',
    },
    { begin: '1000000', end: 'Inf', usd: '0.0000005000', description: '$0.50 per 1 million SNS API Requests' },
  ],
}

export const entryOf = (product: GivenProduct): string => JSON.stringify(productEntry(product))
