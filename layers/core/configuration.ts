import * as z from 'zod'
import { budgetSchema } from './budgets/budget.ts'
import { NotADecimal, parseDecimal } from './money/picodollars.ts'

const decimal = z
  .string()
  .max(60)
  .refine(isPlainDecimal, 'write it as a decimal string, not negative, for instance "0.0000021"')

function isPlainDecimal(text: string): boolean {
  try {
    return parseDecimal(text).digits >= 0n
  } catch (error) {
    if (error instanceof NotADecimal) return false
    throw error
  }
}

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region code, for instance us-east-1')

const zoneName = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/)

const ZONES = '2, 3, or the names of as many different zones, for instance ["us-east-1a", "us-east-1b", "us-east-1d"]'

/** How many zones a new cluster stands in. */
export const zoneCount = (zones: number | readonly string[]): number =>
  typeof zones === 'number' ? zones : zones.length

/** A service's own price for a millisecond of its entry spans; `*` as service or operation stands for all others. */
export const rateSchema = z.strictObject({
  service: z.string().min(1).max(255),
  operation: z.string().min(1).max(255).default('*'),
  usdPerMs: decimal,
})

/** How much may be newly throttled within some minutes without a person's word: beyond it, something else is wrong. */
export const blastRadiusSchema = z.strictObject({
  /** Share of all services; the larger of it and `atLeast` holds. */
  services: z.number().gt(0).max(1).default(0.25),
  atLeast: z.int().min(1).max(1000).default(3),
  /** Share of all services' entry requests; the first service may be throttled whatever its share. Absent: not looked at. */
  traffic: z.number().gt(0).max(1).optional(),
  minutes: z.int().min(1).max(1440).default(10),
})

/** SNS developer guide, subscription-filter-policy-constraints. */
function isFilterPolicy(filter: Readonly<Record<string, readonly string[]>>): boolean {
  const values = Object.values(filter)
  return values.length <= 5 && values.reduce((combinations, { length }) => combinations * length, 1) <= 150
}

const ALERT_PROTOCOLS = ['email', 'email-json', 'sqs', 'lambda', 'https', 'sms'] as const

/** SNS has `http`, too: an alert names services and what they spend, and would be there for everybody on its way. */
const ONLY_TLS = 'alerts go over TLS alone: write "protocol": "https", and an endpoint that begins with https://'

/** A subscriber of the alerts topic; `filter` is an SNS filter policy on message attributes. */
const alertSubscriberSchema = z
  .strictObject({
    protocol: z.enum(ALERT_PROTOCOLS, {
      error: ({ input }) => (input === 'http' ? ONLY_TLS : `one of ${ALERT_PROTOCOLS.join(', ')}`),
    }),
    endpoint: z.string().min(1).max(2048),
    filter: z
      .record(z.string(), z.array(z.string()).min(1))
      .refine(isFilterPolicy, 'SNS takes five attributes at most, and 150 combinations of their values')
      .optional(),
  })
  .refine(({ protocol, endpoint }) => protocol !== 'https' || endpoint.startsWith('https://'), {
    path: ['endpoint'],
    message: ONLY_TLS,
  })

const architecture = z.enum(['x86_64', 'arm64'])

/** How a service is deployed, where that decides a price and no span attribute says it. */
const deploymentSchema = z.strictObject({
  /** A service identity, or a pattern: `*` stands for any characters (`prod/*`). */
  service: z.string().min(1).max(255),
  architecture: architecture.optional(),
  /** Lambda: ephemeral storage, MB; the first 512 are free. */
  ephemeralStorageMb: z.int().min(512).max(10_240).default(512),
  /** Lambda: its invocations run on provisioned concurrency. */
  provisionedConcurrency: z.boolean().default(false),
  /** Fargate: the task's size, and how many entry spans it works on at a time, on average. */
  fargate: z
    .strictObject({
      cpuUnits: z.int().min(256).max(16_384),
      memoryMb: z.int().min(512).max(122_880),
      concurrency: z.number().min(1).max(10_000).default(1),
    })
    .optional(),
  /** The kind of API Gateway in front of it: its HTTP entry spans cost a request there. */
  apiGateway: z.enum(['http', 'rest']).optional(),
  /** Its answers go to the internet: response bytes of front-door spans are data transfer out. */
  internetEgress: z.boolean().default(false),
})

/** What rating may need to know beside the span and its resource. */
export const ratingSchema = z.strictObject({
  /** Taken where a span names no region. */
  region: region.default('us-east-1'),
  /** Stand in for what spans never say; usage rated with them is marked `assumed`. `null`: do not assume. */
  assume: z
    .strictObject({
      lambdaArchitecture: architecture.nullable().default('x86_64'),
      /** Parameter Store's throughput tier; `standard` is free. */
      parameterThroughput: z.enum(['standard', 'higher']).default('standard'),
    })
    .prefault({}),
  /** What the spans of a service never say of where it runs; the first that matches a service counts. */
  services: z.array(deploymentSchema).max(1000).default([]),
  /** Sampling weights in tracestate are trusted up to this number of spans; above it a span counts once. */
  maxTrustedWeight: z.int().min(1).max(1_000_000).default(128),
  /** Services whose spans arrive head-sampled without `ot=th:`: one span stands for this many. */
  sampling: z.array(z.strictObject({ service: z.string(), spansPerSpan: z.int().min(1).max(1_000_000) })).default([]),
  /** Instrumentation scopes whose INTERNAL spans are the sole source of model calls. */
  modelCallScopes: z.array(z.string()).default([]),
  /** The largest `cost.amount` of one span that is believed, USD. */
  maxDeclaredUsd: decimal.default('100'),
})

const capacityRange = z
  .strictObject({ minimum: z.int().min(1).max(40_000), maximum: z.int().min(1).max(40_000) })
  .refine(({ minimum, maximum }) => minimum <= maximum, 'the minimum is more than the maximum')

/** Tollgate's whole configuration: what `cdk.json` fills and every function reads. Every limit, name and schedule is here. */
export const configurationSchema = z
  .strictObject({
    /** Prefix of every resource's name. */
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,30}$/)
      .default('tollgate'),
    /** Regions whose prices are kept. */
    pricedRegions: z.array(region).min(1).max(30).default(['us-east-1']),
    rating: ratingSchema.prefault({}),
    rates: z.array(rateSchema).max(1000).default([]),
    /** Effective-rate multipliers by SKU pattern (`*` matches anything), first match wins: Savings Plan, discounts. */
    multipliers: z.array(z.strictObject({ sku: z.string().min(1), multiplier: decimal })).default([]),
    /** Who owns which services, by patterns; the first team that names a service has it. */
    teams: z
      .array(
        z.strictObject({
          team: z.string().min(1).max(100),
          services: z.array(z.string().min(1).max(255)).min(1).max(500),
        }),
      )
      .max(500)
      .default([]),
    /** The first budget that names a service, its environment or its team is its budget; the default is the last. */
    budgets: z.array(budgetSchema).max(1000).default([]),
    /** The budget of every service that no other budget names. */
    defaultBudget: budgetSchema.prefault({ service: '*' }),
    blastRadius: blastRadiusSchema.prefault({}),
    alerts: z
      .array(alertSubscriberSchema)
      .refine(
        (all) => new Set(all.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`)).size === all.length,
        'each subscriber once: SNS has one subscription, and one filter, for a protocol and an endpoint',
      )
      .default([]),
    topic: z
      .strictObject({
        /** ARN of the MSK cluster that carries the spans; a new cluster is made (`newCluster`) where there is none. */
        clusterArn: z
          .string()
          .regex(
            /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[^/]+$/,
            'write the ARN that `aws kafka list-clusters-v2` prints: arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID',
          )
          .optional(),
        name: z
          .string()
          .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{1,248}$/, "a topic's name: letters, digits, '.', '_' and '-'")
          .default('otel-cost-spans'),
        partitions: z.int().min(1).max(1000).default(12),
        /**
         * The Kafka consumer group that reads it; `<name>-attribute-spans` where it is absent. Another topic needs another one, as a group
         * is for one event source mapping alone, and only another topic may have another one: it reads from the beginning.
         */
        consumerGroup: z
          .string()
          .regex(/^[A-Za-z0-9._-]{1,200}$/, "a consumer group's name: letters, digits, '.', '_' and '-', at most 200")
          .optional(),
        /** Change it when the topic is made anew, so that its offsets count as new shards. */
        epoch: z.string().default('1'),
        /** Copies of each record on the brokers of `clusterArn`, at most as many as it has; a new cluster's are its zones. */
        copies: z.int().min(1).max(5).default(3),
        /** True: the topic is there already and stays its owner's. MSK Serverless makes no topics through the AWS API. */
        exists: z.boolean().default(false),
        /** How consumers prove who they are to `clusterArn`. A SCRAM secret is encrypted with a key of its owner's. */
        authentication: z
          .discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('iam') }),
            z.strictObject({ kind: z.literal('scram'), secretArn: z.string().min(20), keyArn: z.string().min(20) }),
          ])
          .default({ kind: 'iam' }),
        /** Security groups of `clusterArn` to open to their own members on the Kafka port, as Lambda's pollers need it. */
        openSecurityGroups: z
          .array(z.string().regex(/^sg-[0-9a-f]+$/, 'a security group id: sg-...'))
          .max(5)
          .default([]),
        /** What is made where `clusterArn` is not given: standard or express brokers, one a zone, and their VPC. */
        newCluster: z
          .strictObject({
            brokerType: z
              .string()
              .regex(
                /^(kafka|express)\.[a-z0-9]+\.[a-z0-9]+$/,
                'a broker type, standard or express, for instance kafka.t3.small or express.m7g.large',
              )
              .default('kafka.t3.small'),
            /**
             * Availability zones, brokers and copies of each record: how many, or which by name. Two suffice for standard brokers
             * where the region has no third. A number takes the first zones of the account, of which MSK may not support each.
             */
            zones: z
              .union([z.number(), z.array(zoneName)], ZONES)
              .refine((zones) => zoneCount(zones) === 2 || zoneCount(zones) === 3, ZONES)
              .refine((zones) => typeof zones === 'number' || new Set(zones).size === zones.length, ZONES)
              .default(3),
            /** Of each standard broker; express brokers take what they need. */
            storageGib: z.int().min(1).max(16384).default(100),
            /**
             * A VPC that is there already, and its subnets for the brokers, one a zone: there Collectors reach them. Where none is given
             * the brokers have a VPC to themselves, into which nothing leads.
             */
            network: z
              .strictObject({
                vpcId: z.string().regex(/^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/, 'a VPC id: vpc-...'),
                subnetIds: z.array(z.string().regex(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, 'a subnet id: subnet-...')),
              })
              .optional(),
          })
          .refine(
            ({ network, zones }) =>
              network === undefined ||
              [network.subnetIds.length, new Set(network.subnetIds).size].every((count) => count === zoneCount(zones)),
            {
              path: ['network', 'subnetIds'],
              message: 'one subnet a zone: as many as "zones" says',
            },
          )
          .refine(({ brokerType, zones }) => zoneCount(zones) === 3 || !brokerType.startsWith('express.'), {
            path: ['zones'],
            message: 'express brokers stand in 3 zones', // MSK developer guide, express brokers
          })
          .prefault({}),
      })
      .prefault({}),
    /** The HTTP API. A gate asks every 5 seconds: the default carries 500 of them. */
    api: z
      .strictObject({
        requestsPerSecond: z.int().min(1).max(10_000).default(100),
        burst: z.int().min(1).max(5_000).default(200),
      })
      .prefault({}),
    /**
     * Capacity of the Ledger table, units a second. On demand takes whatever comes. Provisioned scales by itself between the bounds
     * and costs two fifths at a steady rate; docs/cost.md counts how many units a fleet writes.
     */
    ledgerCapacity: z
      .union([z.literal('on-demand'), z.strictObject({ writeUnits: capacityRange, readUnits: capacityRange })])
      .default('on-demand'),
    schedules: z
      .strictObject({
        refreshPricesMinutes: z.int().min(1).max(60).default(10),
        pricesValidMinutes: z.int().min(2).max(180).default(15),
      })
      .prefault({}),
    retention: z
      .strictObject({
        /** Hourly rows. At least as long as the roll-up into daily rows looks back. */
        ledgerDays: z.int().min(1).max(3650).default(90),
        /** Daily rows, calendar months. */
        dailyMonths: z.int().min(1).max(120).default(13),
        flagMinutes: z.int().min(2).max(1440).default(60),
        deadLetterDays: z.int().min(1).max(3650).default(90),
      })
      .prefault({}),
  })
  .superRefine(({ budgets, teams }, context) => {
    for (const [place, { team }] of budgets.entries()) {
      if (team === undefined || teams.some((one) => one.team === team)) continue
      const known = teams
        .map((one) => one.team)
        .slice(0, 10)
        .join(', ')
      context.addIssue({
        code: 'custom',
        path: ['budgets', place, 'team'],
        message: `there is no team "${team}" in "teams"${known === '' ? '' : `; there are ${known}`}`,
      })
    }
  })

export type Configuration = z.infer<typeof configurationSchema>
export type RatingSettings = z.infer<typeof ratingSchema>
export type BlastRadius = z.infer<typeof blastRadiusSchema>
export type Rate = z.infer<typeof rateSchema>
