import type { CloseUnits } from './close-units.ts'
import type { DeployedCounts } from './deployed-counts.ts'
import type { ListPrice, PriceName } from './list-prices.ts'
import type { LogBytes } from './log-bytes.ts'

/** A line of the month's bill. */
export interface BillLine {
  readonly group: BillGroup
  readonly what: string
  readonly quantity: number
  readonly price: PriceName
  readonly usd: number
}

export type BillGroup = 'DynamoDB' | 'Lambda' | 'MSK' | 'HTTP API' | 'SNS, S3' | 'CloudWatch, X-Ray' | 'Network' | 'KMS'

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
  readonly close: CloseUnits
  /** A budget's state at the end of a week, bytes. */
  readonly stateBytes: number
  /** CPU time of attribute-spans on a whole vCPU, ns a span. */
  readonly nsPerSpan: number
  readonly compressedBytesPerSpan: number
  readonly logBytes: LogBytes
  readonly deployed: DeployedCounts
  readonly tableMode: TableMode
}

/** What one event takes, and where. */
export type EventFacts = Pick<
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
  /** A question of a gate, billed ms. */
  gateMs: 20,
  /** Calls each minute and hour, but for the tick: seconds, and their memory, GB. */
  callSeconds: 1,
  callGb: 0.5,
  /** `npm run bench:edge` (docs/edge.md). */
  edgeMicrosecondsPerSpan: 2.7,
  alertsPerServiceAndMonth: 30,
  deadLettersPerMillionSpans: 0.1,
  /** What is left of log lines where CloudWatch keeps them, compressed, for the month that the log groups say. */
  logsCompressedTo: 0.15,
} as const

/** A whole vCPU (Lambda guide, configuration-memory). */
const MB_PER_VCPU = 1769
/** A gate asks anew after so long. */
const GATE_SECONDS = 5
const ROWS_AT_ONCE = 16
const GB = 2 ** 30
const LEDGER_DAYS = 90
/** Bytes that DynamoDB bills an item's storage with beside its own (developer guide, CapacityUnitCalculations). */
const ITEM_OVERHEAD_BYTES = 100
/** A unit holds ten pollers, and 20 MB/s (Lambda guide, kafka-scaling-modes). */
const POLLERS_PER_UNIT = 10
const MB_PER_UNIT = 20
/** The tick sleeps through five of its six passes, ten seconds each (functions/close-windows/close-windows.ts): seconds awake a minute. */
const TICK_SECONDS = 51
const TICK_PASSES = 6
/** Disks are told of when they are 85 % full (MSK guide, bestpractices): what is provided has that much to spare. */
export const DISK_FILL = 0.85
/** DynamoDB has a table's key decrypted again after five minutes, for each that uses it (developer guide, encryption at rest). */
const KEY_KEPT_MINUTES = 5
/** Lambda traces one call a second and a twentieth of the others, and that cannot be set (Lambda guide, services-xray). */
const TRACED_PER_SECOND = 1
const TRACED_SHARE = 0.05

const traced = (callsPerSecond: number): number =>
  Math.min(callsPerSecond, TRACED_PER_SECOND) + Math.max(0, callsPerSecond - TRACED_PER_SECOND) * TRACED_SHARE

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

  const { close, deployed, logBytes } = facts
  const minutes = hoursPerMonth * 60
  const flagRequests = (ASSUMED.gates * seconds) / GATE_SECONDS
  const scheduled = deployed.callsAMinute * minutes + deployed.callsAnHour * hoursPerMonth
  const invocations = events + scheduled + flagRequests

  const writes = events * facts.writeUnitsPerEvent
  const closeUnits = (unit: 'writeUnits' | 'readUnits'): number =>
    minutes * (close.once[unit] + facts.services * close.perService[unit] + TICK_PASSES * close.look[unit])
  const eventReads = events * (facts.readUnitsPerEvent + close.look.readUnits / 2)
  const rowsStored = facts.services * facts.partitions * 24 * LEDGER_DAYS
  const storedGb = (rowsStored * (facts.rowBytes + ITEM_OVERHEAD_BYTES)) / GB
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

  const mbPerSecond = (facts.spansPerSecond * facts.bytesPerSpan) / 1e6
  const pollerUnits = Math.max(Math.ceil(facts.pollers / POLLERS_PER_UNIT), Math.ceil(mbPerSecond / MB_PER_UNIT))
  const billedGbSeconds = ((events * billedMsPerEvent(facts, ASSUMED.memoryMb)) / 1000) * (ASSUMED.memoryMb / 1024)
  const memoryGb = (name: string): number => (deployed.memoryMb[name] ?? 0) / 1024
  const compressedGb = (spans * facts.compressedBytesPerSpan) / GB
  const fromOtherZonesGb = (compressedGb * (ASSUMED.brokers - 1)) / ASSUMED.brokers
  const broker = facts.spansPerSecond <= ASSUMED.smallBrokersUpTo ? 'smallBrokerHour' : 'brokerHour'

  const logGb =
    (events * logBytes.event +
      minutes * logBytes.close +
      scheduled * logBytes.idle +
      flagRequests * (logBytes.gate + accessLogBytes(deployed.accessLogFormat))) /
    GB
  const traces = seconds * (traced(events / seconds) + traced(flagRequests / seconds)) + scheduled

  return [
    ledgerWrites,
    line('DynamoDB', 'writes of the close, units', closeUnits('writeUnits'), 'writeUnit'),
    line('DynamoDB', 'reads of the close, units', closeUnits('readUnits'), 'readUnit'),
    line('DynamoDB', 'reads of attribute-spans, units', eventReads, 'readUnit'),
    line('DynamoDB', "reads for the gates' questions, units", flagRequests / 2, 'readUnit'),
    line('DynamoDB', 'ledger kept 90 days, GB', storedGb, 'tableGbMonth'),
    line('DynamoDB', 'point-in-time recovery, GB', storedGb, 'backupGbMonth'),
    line(
      'KMS',
      "the tables' keys, requests at most",
      (deployed.tableGrants * minutes) / KEY_KEPT_MINUTES,
      'keyRequest',
    ),
    line('Lambda', 'attribute-spans, GB-seconds', billedGbSeconds, 'lambdaGbSecond'),
    line(
      'Lambda',
      'the close, awake between its passes, GB-seconds',
      minutes * TICK_SECONDS * memoryGb('close-windows'),
      'lambdaGbSecond',
    ),
    line(
      'Lambda',
      "the gates' questions, GB-seconds",
      (flagRequests * ASSUMED.gateMs * memoryGb('throttle-gate')) / 1000,
      'lambdaGbSecond',
    ),
    line(
      'Lambda',
      'the other scheduled calls, GB-seconds',
      (scheduled - minutes) * ASSUMED.callSeconds * ASSUMED.callGb,
      'lambdaGbSecond',
    ),
    line('Lambda', 'requests', invocations, 'lambdaRequest'),
    line('Lambda', 'event poller unit hours', pollerUnits * hoursPerMonth, 'pollerUnitHour'),
    line('MSK', 'broker hours', ASSUMED.brokers * hoursPerMonth, broker),
    line(
      'MSK',
      'storage, three copies compressed, GB',
      Math.max(diskGbPerSpanASecond(facts) * facts.spansPerSecond, deployed.storageGb),
      'brokerGbMonth',
    ),
    line('Network', 'Collectors to brokers of other zones, GB', fromOtherZonesGb, 'zoneTransferGb'),
    line('Network', 'brokers to pollers of other zones, GB', fromOtherZonesGb, 'zoneTransferGb'),
    line('HTTP API', 'flags, asked for by gates', flagRequests, 'httpApiRequest'),
    line('SNS, S3', 'alerts', facts.services * ASSUMED.alertsPerServiceAndMonth, 'notification'),
    line('SNS, S3', 'dead letters', (spans / 1e6) * ASSUMED.deadLettersPerMillionSpans, 's3Put'),
    line('CloudWatch, X-Ray', 'logs, GB', logGb, 'logGb'),
    line('CloudWatch, X-Ray', 'logs kept a month, GB', logGb * ASSUMED.logsCompressedTo, 'logGbMonth'),
    line('CloudWatch, X-Ray', 'metrics published', deployed.customMetrics, 'metricMonth'),
    line('CloudWatch, X-Ray', 'metrics read', deployed.metricsRead * hoursPerMonth, 'metricRead'),
    line('CloudWatch, X-Ray', 'metrics in alarms', deployed.alarmMetrics, 'alarmMonth'),
    line('CloudWatch, X-Ray', 'dashboards', deployed.dashboards, 'dashboardMonth'),
    line('CloudWatch, X-Ray', 'traces', traces, 'trace'),
  ]
}

/** Disks of all brokers together that a span a second takes, GB: its copies for as long as the topic keeps them, and room to spare. */
export const diskGbPerSpanASecond = ({ compressedBytesPerSpan }: Pick<MonthFacts, 'compressedBytesPerSpan'>): number =>
  (compressedBytesPerSpan * ASSUMED.retentionHours * 3600 * ASSUMED.brokers) / GB / DISK_FILL

/** A month of a gate that asks for the flags every five seconds, of an edge in a busy sandbox too, USD: API, function, read and logs. */
export function usdPerAsker({ deployed, logBytes }: Pick<MonthFacts, 'deployed' | 'logBytes'>, prices: Prices): number {
  const questions = (ASSUMED.hoursPerMonth * 3600) / GATE_SECONDS
  const gbSeconds = (ASSUMED.gateMs / 1000) * ((deployed.memoryMb['throttle-gate'] ?? 0) / 1024)
  const logged = (logBytes.gate + accessLogBytes(deployed.accessLogFormat)) / GB
  const usdPerQuestion =
    prices.httpApiRequest.usd +
    prices.lambdaRequest.usd +
    gbSeconds * prices.lambdaGbSecond.usd +
    prices.readUnit.usd / 2 +
    logged * prices.logGb.usd
  return questions * usdPerQuestion
}

/** What the edge adds to a million spans of a function of a vCPU, USD of Lambda's time. */
export const edgeUsdPerMillionSpans = (prices: Prices): number =>
  ASSUMED.edgeMicrosecondsPerSpan * (MB_PER_VCPU / 1024) * prices.lambdaGbSecond.usd

/** What a request looks like in each variable of an access log that is not named here, or is empty for it. */
const LOGGED: Readonly<Record<string, string>> = {
  'identity.sourceIp': '203.0.113.200',
  requestTime: '24/Nov/2026:08:30:00 +0000',
  httpMethod: 'GET',
  resourcePath: '/v1/flags',
  protocol: 'HTTP/1.1',
  status: '200',
  responseLength: '1024',
  requestId: 'JKJaXmPLvHcESHA=',
}

/** Bytes of the API's access-log line of a gate's question. */
export const accessLogBytes = (format: string): number =>
  format.replaceAll(/\$context\.([A-Za-z.]+)/g, (_, name: string) => LOGGED[name] ?? '-').length

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
