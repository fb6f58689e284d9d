import type { ListPrice, PriceName } from './list-prices.ts'

/** A line of the month's bill. */
export interface BillLine {
  readonly group: BillGroup
  readonly what: string
  readonly quantity: number
  readonly price: PriceName
  readonly usd: number
}

export type BillGroup = 'DynamoDB' | 'Lambda' | 'MSK' | 'HTTP API' | 'SNS, S3' | 'CloudWatch, X-Ray' | 'Network'

/** What a month is worked out from; everything counted or measured, but for the assumptions that it names. */
export interface MonthFacts {
  readonly spansPerSecond: number
  readonly services: number
  readonly partitions: number
  readonly pollers: number
  readonly spansPerEvent: number
  readonly bytesPerSpan: number
  readonly rowsPerEvent: number
  readonly writeUnitsPerEvent: number
  readonly readUnitsPerEvent: number
  readonly rowBytes: number
  /** A budget's state at the end of a week, bytes. */
  readonly stateBytes: number
  /** CPU time of attribute-spans on a whole vCPU, ns a span. */
  readonly nsPerSpan: number
  readonly compressedBytesPerSpan: number
  readonly tableMode: TableMode
}

/** What one event takes, and where. */
type EventFacts = Pick<
  MonthFacts,
  'spansPerEvent' | 'rowsPerEvent' | 'writeUnitsPerEvent' | 'readUnitsPerEvent' | 'nsPerSpan' | 'tableMode'
>

export type TableMode = 'on demand' | 'provisioned'

type Prices = Readonly<Record<PriceName, ListPrice>>

/** What nothing here can measure. The page prints them. */
export const ASSUMED = {
  hoursPerMonth: 730,
  /** One DynamoDB write from Lambda, ms; rows are written 16 at a time. */
  writeMs: 5,
  /** What a provisioned table's target utilisation of 70 % leaves idle. */
  utilisation: 0.7,
  /** Memory of attribute-spans, MB; 1769 is one vCPU. */
  memoryMb: 1769,
  /** Hours that the topic keeps its records, on three brokers. */
  retentionHours: 168,
  brokers: 3,
  /** Up to so many spans a second the brokers are kafka.t3.small, as a new cluster's are; above kafka.m7g.large. */
  smallBrokersUpTo: 5_000,
  /** Gates that ask for the flags every 5 seconds. */
  gates: 20,
  alertsPerServiceAndMonth: 30,
  deadLettersPerMillionSpans: 0.1,
  /** Lines of one invocation: START, END, REPORT and the metrics. */
  logBytesPerInvocation: 1_600,
  tracedShare: 0.05,
  metrics: 40,
  alarms: 20,
} as const

const MB_PER_VCPU = 1769
const ROWS_AT_ONCE = 16
const GB = 2 ** 30
const LEDGER_DAYS = 90
/** A unit holds ten pollers, and 20 MB/s (Lambda guide, kafka-scaling-modes). */
const POLLERS_PER_UNIT = 10
const MB_PER_UNIT = 20
/** The tick sleeps through five of its six passes: seconds awake a minute, and its memory, GB. */
const TICK_SECONDS = 51
const TICK_GB = 1
const OTHER_SECONDS_A_MINUTE = 1
const OTHER_GB = 0.5

/** Milliseconds that Lambda bills for an event: the CPU's work, stretched where there is less than a vCPU, and waiting for writes. */
export function billedMsPerEvent(
  facts: Pick<MonthFacts, 'spansPerEvent' | 'nsPerSpan' | 'rowsPerEvent'>,
  memoryMb: number,
): number {
  const cpuMs = (facts.spansPerEvent * facts.nsPerSpan * Math.max(1, MB_PER_VCPU / memoryMb)) / 1e6
  const rounds = Math.ceil(facts.rowsPerEvent / ROWS_AT_ONCE) + 2 // and the two writes of progress
  return cpuMs + rounds * ASSUMED.writeMs
}

/** The month's bill, line by line. A month has 730 hours. */
export function monthBill(facts: MonthFacts, prices: Prices): readonly BillLine[] {
  const { hoursPerMonth } = ASSUMED
  const seconds = hoursPerMonth * 3600
  const spans = facts.spansPerSecond * seconds
  const events = spans / facts.spansPerEvent
  const line = (group: BillGroup, what: string, quantity: number, price: PriceName): BillLine => ({
    group,
    what,
    quantity,
    price,
    usd: quantity * prices[price].usd,
  })

  const closes = facts.services * hoursPerMonth * 60
  const closeWrites = closes * Math.ceil(facts.stateBytes / 1024)
  const rowsRead = 3 * facts.partitions // the hours under way, before, and leaving the period
  const closeReads = closes * Math.ceil((rowsRead * facts.rowBytes) / 4096) * 0.5
  const writes = events * facts.writeUnitsPerEvent
  const reads = events * facts.readUnitsPerEvent + closeReads
  const rowsStored = facts.services * facts.partitions * 24 * LEDGER_DAYS
  const storedGb = (rowsStored * (facts.rowBytes + 100)) / GB
  const provisioned = (units: number): number => (units / seconds / ASSUMED.utilisation) * hoursPerMonth
  const ledgerWrites =
    facts.tableMode === 'on demand'
      ? line('DynamoDB', 'writes of the ledger and of progress, units', writes, 'writeUnit')
      : line(
          'DynamoDB',
          'writes of the ledger and of progress, capacity hours',
          provisioned(writes),
          'writeCapacityHour',
        )

  const gbPerSecond = (facts.spansPerSecond * facts.bytesPerSpan) / 1e6
  const pollerUnits = Math.max(Math.ceil(facts.pollers / POLLERS_PER_UNIT), Math.ceil(gbPerSecond / MB_PER_UNIT))
  const minutes = hoursPerMonth * 60
  const billedGbSeconds = ((events * billedMsPerEvent(facts, ASSUMED.memoryMb)) / 1000) * (ASSUMED.memoryMb / 1024)
  const compressedGb = (spans * facts.compressedBytesPerSpan) / GB
  const keptGb = ((compressedGb * ASSUMED.retentionHours) / hoursPerMonth) * ASSUMED.brokers
  const flagRequests = (ASSUMED.gates * seconds) / 5
  const invocations = events + 4 * minutes + flagRequests

  const broker = facts.spansPerSecond <= ASSUMED.smallBrokersUpTo ? 'smallBrokerHour' : 'brokerHour'

  return [
    ledgerWrites,
    line('DynamoDB', 'writes of the close, units', closeWrites, 'writeUnit'),
    line('DynamoDB', 'reads, units', reads, 'readUnit'),
    line('DynamoDB', 'ledger kept 90 days, GB', storedGb, 'tableGbMonth'),
    line('DynamoDB', 'point-in-time recovery, GB', storedGb, 'backupGbMonth'),
    line('Lambda', 'attribute-spans, GB-seconds', billedGbSeconds, 'lambdaGbSecond'),
    line(
      'Lambda',
      'the close, awake between its passes, GB-seconds',
      minutes * TICK_SECONDS * TICK_GB,
      'lambdaGbSecond',
    ),
    line('Lambda', 'the other functions, GB-seconds', minutes * OTHER_SECONDS_A_MINUTE * OTHER_GB, 'lambdaGbSecond'),
    line('Lambda', 'requests', invocations, 'lambdaRequest'),
    line('Lambda', 'event poller unit hours', pollerUnits * hoursPerMonth, 'pollerUnitHour'),
    line('MSK', 'broker hours', ASSUMED.brokers * hoursPerMonth, broker),
    line('MSK', 'storage, three copies compressed, GB', keptGb, 'brokerGbMonth'),
    line('Network', 'Collectors to brokers of other zones, GB', (compressedGb * 2) / 3, 'zoneTransferGb'),
    line('HTTP API', 'flags, asked for by gates', flagRequests, 'httpApiRequest'),
    line('SNS, S3', 'alerts', facts.services * ASSUMED.alertsPerServiceAndMonth, 'notification'),
    line('SNS, S3', 'dead letters', (spans / 1e6) * ASSUMED.deadLettersPerMillionSpans, 's3Put'),
    line('CloudWatch, X-Ray', 'logs, GB', (invocations * ASSUMED.logBytesPerInvocation) / GB, 'logGb'),
    line('CloudWatch, X-Ray', 'metrics', ASSUMED.metrics, 'metricMonth'),
    line('CloudWatch, X-Ray', 'alarms', ASSUMED.alarms, 'alarmMonth'),
    line('CloudWatch, X-Ray', 'traces', invocations * ASSUMED.tracedShare, 'trace'),
  ]
}

export const sumUsd = (lines: readonly BillLine[]): number => lines.reduce((sum, { usd }) => sum + usd, 0)

/**
 * USD a million spans of what grows with the spans in DynamoDB and Lambda: the writes and reads of a batch, the function's time and its
 * requests. What runs whether spans come or not (the close, pollers) is on the month's bill.
 */
export function usdPerMillionSpans(facts: EventFacts, prices: Prices): number {
  const seconds = billedMsPerEvent(facts, ASSUMED.memoryMb) / 1000
  const capacityUnit = (hour: PriceName): number => prices[hour].usd / 3600 / ASSUMED.utilisation
  const writeUsd = facts.tableMode === 'on demand' ? prices.writeUnit.usd : capacityUnit('writeCapacityHour')
  const usdPerEvent =
    facts.writeUnitsPerEvent * writeUsd +
    facts.readUnitsPerEvent * prices.readUnit.usd +
    seconds * (ASSUMED.memoryMb / 1024) * prices.lambdaGbSecond.usd +
    prices.lambdaRequest.usd
  return (usdPerEvent / facts.spansPerEvent) * 1e6
}
