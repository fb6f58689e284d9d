import type { Attributes } from '@opentelemetry/api'

/** The five services of the demo's shop. */
export const SERVICE_NAMES = ['storefront', 'catalog', 'recommend', 'checkout', 'orders'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

/** Where the shop runs; every service and every AWS call is in this region. */
export const REGION = 'us-east-1'
/** AWS's own example account. */
export const ACCOUNT = '123456789012'

export interface Service {
  /** The service identity: environment, namespace, name. */
  readonly identity: string
  /** The host that its callers see. */
  readonly address: string
  /** What is always true of it; the commit is added for each deploy. */
  readonly resource: Attributes
}

/**
 * The shop, as data. Each service runs on another kind of compute, so that each is billed by another meter: `storefront`,
 * `catalog` and `recommend` run on EKS and ECS and have own rates; `checkout` and `orders` are Lambda functions.
 */
export const SERVICES: { readonly [name in ServiceName]: Service } = {
  storefront: {
    identity: 'prod/shop/storefront',
    address: 'shop.example',
    resource: {
      ...named('storefront'),
      'cloud.platform': 'aws_eks',
      'k8s.namespace.name': 'shop',
      'k8s.deployment.name': 'storefront',
      'host.type': 'm7g.large',
      'host.arch': 'arm64',
    },
  },
  catalog: {
    identity: 'prod/shop/catalog',
    address: 'catalog.shop.internal',
    resource: {
      ...named('catalog'),
      'cloud.platform': 'aws_ecs',
      'aws.ecs.launchtype': 'ec2',
      'aws.ecs.task.family': 'catalog',
      'aws.ecs.task.revision': '17',
      'host.arch': 'amd64',
    },
  },
  recommend: {
    identity: 'prod/shop/recommend',
    address: 'recommend.shop.internal',
    resource: {
      ...named('recommend'),
      'cloud.platform': 'aws_eks',
      'k8s.namespace.name': 'shop',
      'k8s.deployment.name': 'recommend',
      'host.type': 'm7g.large',
      'host.arch': 'arm64',
    },
  },
  checkout: {
    identity: 'prod/shop/checkout',
    address: 'checkout.shop.internal',
    resource: { ...named('checkout'), ...lambda('shop-checkout', 1024), 'host.arch': 'arm64' },
  },
  orders: {
    identity: 'prod/shop/orders',
    address: 'orders.shop.internal',
    resource: { ...named('orders'), ...lambda('shop-orders', 512), 'host.arch': 'amd64' },
  },
}

function named(name: ServiceName): Attributes {
  return {
    'service.namespace': 'shop',
    'service.name': name,
    'deployment.environment.name': 'prod',
    'cloud.provider': 'aws',
    'cloud.region': REGION,
    'cloud.account.id': ACCOUNT,
  }
}

/** `faas.max_memory` is in bytes (semantic conventions, `faas` resource), Lambda's own setting in MB of 2^20 bytes. */
function lambda(functionName: string, memoryMb: number): Attributes {
  return {
    'cloud.platform': 'aws_lambda',
    'cloud.resource_id': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}`,
    'faas.name': functionName,
    'faas.version': '$LATEST',
    'faas.max_memory': memoryMb * 1_048_576,
  }
}
