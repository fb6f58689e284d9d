import { BILLED, type CostFacts, type CountedFleet, eventFacts, FLEET, LARGE, monthFacts, SMALL } from './cost-facts.ts'
import { LIST_PRICES, type ListPrice } from './list-prices.ts'
import {
  ASSUMED,
  accessLogBytes,
  type BillLine,
  billedMsPerEvent,
  DISK_FILL,
  diskGbPerSpanASecond,
  edgeUsdPerMillionSpans,
  monthBill,
  sumUsd,
  type TableMode,
  usdPerAsker,
  usdPerMillionSpans,
} from './month-bill.ts'

const MEMORIES_MB = [512, 1024, 1769, 3008]
const KEYED = '500 services, keyed by service'
const MONTHS = BILLED.filter((name) => name !== LARGE)

const rounded = (value: number): string => Math.round(value).toLocaleString('en-US')
const decimals = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

/** docs/cost.md: its words are here, its numbers in `facts`. */
export function costPage(facts: CostFacts): string {
  return `${[summary(facts), month(facts), counted(facts), chosen(facts), assumptions(facts)].join('\n\n')}\n`
}

const fleetOf = (facts: CostFacts, name: string): CountedFleet => {
  const found = facts.fleets.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no fleet is called "${name}"`)
  return found
}

const perMillion = (facts: CostFacts, fleet: CountedFleet, mode: TableMode): string =>
  decimals(usdPerMillionSpans(eventFacts(fleet, facts, mode), LIST_PRICES), 4)

function summary(facts: CostFacts): string {
  const line = (name: string, asked: string): readonly string[] => {
    const fleet = fleetOf(facts, name)
    return [name, asked, perMillion(facts, fleet, 'on demand'), perMillion(facts, fleet, 'provisioned')]
  }
  return `# What Tollgate costs

This page is printed by \`npm run cost\`, which counts, measures and works out every number on it in a minute. Do not edit it:
its words are in \`test/bench/cost-page.ts\`.

USD a million spans in DynamoDB and Lambda, at ${rounded(FLEET.spansPerSecond)} spans a second, what grows with the spans:

${table(['fleet', 'goal: below', 'tables on demand', 'tables provisioned'], [line(SMALL, '0.01'), line(LARGE, '0.04'), line(KEYED, '0.04')])}

Nearly all of it is write units of the Ledger table: one update a row, and a row for each service, hour, commit and partition. At ${fleetOf(facts, LARGE).fleet.services}
services that are in every event, one unit for each of its rows alone would be ${decimals(usdOfRows(facts, LARGE), 4)} on demand, however small the rows: it takes
provisioned capacity, or events that hold fewer services each.`
}

/** USD a million spans where each row of an event takes one unit. */
function usdOfRows(facts: CostFacts, name: string): number {
  const { rowsPerEvent, spansPerEvent } = fleetOf(facts, name).units
  return ((rowsPerEvent * LIST_PRICES.writeUnit.usd) / spansPerEvent) * 1e6
}

function month(facts: CostFacts): string {
  const bill = (name: string, mode: TableMode): readonly BillLine[] =>
    monthBill(monthFacts(fleetOf(facts, name), facts, mode), LIST_PRICES)
  const smallFacts = monthFacts(fleetOf(facts, SMALL), facts, 'provisioned')
  const small = monthBill(smallFacts, LIST_PRICES)
  const large = bill(LARGE, 'provisioned')
  const rows = small.map(({ group, what, quantity, usd }, place) => [
    group,
    what,
    rounded(quantity),
    rounded(usd),
    rounded(large[place]?.usd ?? 0),
  ])
  const spans = FLEET.spansPerSecond * ASSUMED.hoursPerMonth * 3600
  return `## The month's bill

${rounded(FLEET.spansPerSecond)} spans a second are ${rounded(spans / 1e9)} billion a month. Ledger provisioned, everything at list price in us-east-1,
free tiers and savings plans left out. The quantities are those of ${SMALL}.

${table(['', 'what', 'quantity', `USD, ${SMALL}`, `USD, ${LARGE}`], [...rows, ['**all**', '', '', `**${rounded(sumUsd(small))}**`, `**${rounded(sumUsd(large))}**`]])}

With the Ledger on demand: ${rounded(sumUsd(bill(SMALL, 'on demand')))} and ${rounded(sumUsd(bill(LARGE, 'on demand')))} USD. What is on the bill and what is not:

- Reads of DynamoDB are all at the price on demand. The close's units are counted as its own code closes an hour's windows, and compared with DynamoDB Local's in \`test/integration/bench\`.
- Pollers and Collectors stand in any of three zones: two thirds of what they move crosses one. A fleet whose Collectors prefer the broker of
  their own zone pays less; that Lambda's pollers are billed so is AWS's general word (\`aws.amazon.com/lambda/pricing\`: data transfer at the standard rates).
- The brokers' disks hold ${ASSUMED.retentionHours} hours of three copies and are ${rounded(DISK_FILL * 100)} % full, and are never smaller than cdk.json's.
- An alarm on an expression is billed for each metric in it. A metric is billed by the hours in which it is sent: those of failures alone count as if
  they always were, but for the few whose names are made at run time.
- Log lines are measured by calling the handlers, with Lambda's own three lines a call. The brokers' own log and the refused traffic of their VPC
  are not counted: nothing here says how much they write.
- Not there: NAT and interface endpoints (the brokers' VPC has none, \`infra/span-cluster.ts\`; the functions are in no VPC, and pollers of
  provisioned mode need none: Lambda guide, kafka-scaling-modes); reads of the Budgets stream (DynamoDB does not charge Lambda's:
  \`aws.amazon.com/dynamodb/pricing\`); calls by EventBridge's schedules (no source found for a price; as custom events they would be ${decimals(scheduledUsd(facts), 2)} USD).
- Left out as small: the tables of budgets, flags and prices, the daily rows, storage of dead letters, deliveries of alerts, what
  publish-throttle and publish-alert do, answers of the API to gates outside the region.
- A gate more is ${decimals(usdPerAsker(smallFacts, LIST_PRICES), 2)} USD, and so is each busy Lambda sandbox whose edge honours the flag.
- Not Tollgate's, but its users' own: the Collectors' machines, the gates', and \`@tollgate/edge\`, which adds ${ASSUMED.edgeMicrosecondsPerSpan} us to a span ([edge](edge.md)): ${decimals(edgeUsdPerMillionSpans(LIST_PRICES), 5)} USD
  a million spans of a function with a vCPU.

All of it for fleets of other sizes, tables on demand:

${table(
  ['fleet', 'USD a month', 'USD a million spans'],
  MONTHS.map((name) => monthRow(facts, name)),
)}`
}

function monthRow(facts: CostFacts, name: string): readonly string[] {
  const fleet = fleetOf(facts, name)
  const usd = sumUsd(monthBill(monthFacts(fleet, facts, 'on demand'), LIST_PRICES))
  const millions = (fleet.fleet.spansPerSecond * ASSUMED.hoursPerMonth * 3600) / 1e6
  const size = name === SMALL ? `${rounded(FLEET.spansPerSecond)} spans/s of ${SMALL}` : name
  return [size, rounded(usd), decimals(usd / millions, 3)]
}

function counted(facts: CostFacts): string {
  const rows = facts.fleets.map((counted) => {
    const { spansPerEvent, rowsPerEvent, writeUnitsPerEvent, refusedUnitsPerEvent, rowBytes } = counted.units
    return [
      counted.name,
      rounded(spansPerEvent),
      rounded(rowsPerEvent),
      rounded(rowBytes),
      rounded(writeUnitsPerEvent),
      rounded(refusedUnitsPerEvent),
      rounded((writeUnitsPerEvent / spansPerEvent) * 1e6),
      perMillion(facts, counted, 'on demand'),
      perMillion(facts, counted, 'provisioned'),
    ]
  })
  return `## Write units, counted

An hour of each fleet goes through decoding, pricing, the planner and the ledger's own writes, onto tables that count by DynamoDB's
rule: an update is billed on the whole item, the larger of before and after, names included, a unit for each started KiB; a failed condition is
billed too. \`test/integration/bench\` compares the count with what DynamoDB Local says of the same writes.

What is not said is as in the first line: ${rounded(FLEET.spansPerSecond)} spans a second of ${FLEET.services} services with ${FLEET.operations} operations each,
all alike busy and all in every record of ${FLEET.spansPerRecord} spans, ${FLEET.partitions} partitions with as many pollers, a window of ${FLEET.windowSeconds} s, ${FLEET.containers} warm containers.

${table(
  [
    'fleet',
    'spans an event',
    'rows an event',
    'bytes of a row',
    'write units an event',
    'of these refused',
    'units a million spans',
    'USD a million, on demand',
    'provisioned',
  ],
  rows,
)}

- An event holds what fits into Lambda's 6 MB, or what comes in the window. Its rows are the services it holds, times its partitions.
- *Refused*: Lambda gives a partition's next event to any container; one that has not written the row since does not know its fence.
- *Keyed by service*: each service's spans in one partition, so that an event holds a twelfth of the services. It takes a header from the SDKs
  (\`deploy/collector.yaml\`, \`message_key_from_metadata_key\`).`
}

function unitsPerSecond(facts: CostFacts, name: string): number {
  const { fleet, units } = fleetOf(facts, name)
  return (units.writeUnitsPerEvent * fleet.spansPerSecond) / units.spansPerEvent
}

function provisionedFor(unitsPerSecond: number): string {
  const tens = (units: number): number => Math.ceil(units / 10) * 10
  const writeUnits = { minimum: tens(unitsPerSecond / 2), maximum: tens(unitsPerSecond * 3) }
  // The close reads each row once a minute, and a read unit holds eight times what a write unit does.
  const readUnits = { minimum: tens(unitsPerSecond / 8), maximum: tens(unitsPerSecond) }
  return ['```json', `"ledgerCapacity": ${JSON.stringify({ writeUnits, readUnits })}`, '```'].join('\n')
}

function chosen(facts: CostFacts): string {
  const base = eventFacts(fleetOf(facts, SMALL), facts, 'provisioned')
  const diskPerSpan = diskGbPerSpanASecond(monthFacts(fleetOf(facts, SMALL), facts, 'provisioned'))
  const memory = MEMORIES_MB.map((mb) => {
    const ms = billedMsPerEvent(base, mb)
    const perMillion = ((ms / 1000) * (mb / 1024) * LIST_PRICES.lambdaGbSecond.usd * 1e6) / base.spansPerEvent
    return [rounded(mb), decimals(ms, 1), decimals(perMillion, 5)]
  })
  return `## What is chosen, and why

${table(
  ['value', 'where', 'why'],
  [
    [
      'batch window 5 s',
      '`infra/span-mapping.ts`',
      'a shorter one fills few events and writes the rows more often; 20 s would be half of the 40 s from a window to its flag, and an event is full before',
    ],
    ['batch of 10,000 records', '`infra/span-mapping.ts`', "Lambda's maximum: 6 MB cut an event first"],
    [
      'as many pollers as partitions',
      '`infra/span-mapping.ts`',
      `an event of several partitions writes as many rows for the same spans; ten pollers are a unit of ${rounded(LIST_PRICES.pollerUnitHour.usd * ASSUMED.hoursPerMonth)} USD a month, so 12 are two and 10 would be one`,
    ],
    [
      'partitions: 12; fewer for a small fleet',
      '`topic.partitions`',
      'at 1,000 spans/s one partition writes a twelfth of the rows; one carries 5 MB/s',
    ],
    [
      `brokers' disks: ${rounded(facts.deployed.storageGb / ASSUMED.brokers)} GiB each; more for a large fleet`,
      '`topic.newCluster.storageGib`',
      `a disk that is full stops the topic (alarm \`broker-disk\`): those hold ${ASSUMED.retentionHours} hours of ${rounded(Math.floor(facts.deployed.storageGb / diskPerSpan / 100) * 100)} spans/s, and ${rounded(FLEET.spansPerSecond)} want ${rounded((diskPerSpan * FLEET.spansPerSecond) / ASSUMED.brokers)} GiB each`,
    ],
    [
      '1,769 MB',
      '`infra/code-stack.ts`',
      'a whole vCPU (Lambda guide, configuration-memory); less is cheaper by a fraction of what the writes cost, and slower',
    ],
    [
      'Ledger on demand until `ledgerCapacity` says more',
      '`infra/tables.ts`',
      'on demand fits any traffic from the first minute; at a steady rate provisioned costs two fifths, and where it scales too late writes fail and the topic waits',
    ],
    [
      'zstd on the producer',
      '`deploy/collector.yaml`',
      'brokers store and zones carry the compressed bytes; it does not change what an event holds',
    ],
  ],
)}

${SMALL} write ${rounded(unitsPerSecond(facts, SMALL))} units a second. A provisioned ledger for them, from half of that to three times as much, in \`cdk.json\`:

${provisionedFor(unitsPerSecond(facts, SMALL))}

attribute-spans takes ${rounded(facts.nsPerSpan)} ns a span here (Node ${facts.node}); with the waiting for writes of ${ASSUMED.writeMs} ms each, 16 at a time:

${table(['memory, MB', 'billed ms an event', 'USD a million spans'], memory)}

Records of this shape compress ${decimals(facts.compression.zstd, 1)} times with zstd, ${decimals(facts.compression.gzip, 1)} times with gzip: their ids are random. A budget's state, written once a minute and
service, has ${rounded(facts.stateBytes)} bytes after a week.`
}

/** What the schedules' calls would cost as custom events, USD a month. */
function scheduledUsd({ deployed }: CostFacts): number {
  const { callsAMinute, callsAnHour } = deployed
  return (callsAMinute * 60 + callsAnHour) * ASSUMED.hoursPerMonth * LIST_PRICES.scheduledCall.usd
}

function assumptions(facts: CostFacts): string {
  const { logBytes, deployed } = facts
  const prices = Object.entries<ListPrice>(LIST_PRICES).map(([name, { usd, source, seenIn }]) => [
    name,
    String(usd),
    seenIn === undefined ? source : `**only of ${seenIn}**: ${source}`,
  ])
  return `## Assumed

What nothing here can measure: a month of ${ASSUMED.hoursPerMonth} hours; ${ASSUMED.writeMs} ms for a write of DynamoDB; provisioned tables ${ASSUMED.utilisation * 100} % used; ${ASSUMED.brokers} brokers of
kafka.m7g.large, up to ${rounded(ASSUMED.smallBrokersUpTo)} spans a second of kafka.t3.small, and records kept ${ASSUMED.retentionHours} hours, as Kafka does by itself; ${ASSUMED.gates} gates that ask every 5 s, ${ASSUMED.gateMs} ms a question;
${ASSUMED.callSeconds} s of ${ASSUMED.callGb} GB for each scheduled call but the close's; ${ASSUMED.alertsPerServiceAndMonth} alerts a service and month; ${ASSUMED.deadLettersPerMillionSpans} dead letters a million spans;
logs kept a month at ${rounded(ASSUMED.logsCompressedTo * 100)} % of their size.

Counted in the stacks: ${deployed.alarmMetrics} metrics in alarms, ${deployed.customMetrics} metrics published, ${deployed.metricsRead} read each hour, ${deployed.tableGrants} pairs of a function and a table, ${deployed.callsAMinute} calls a minute and
${deployed.callsAnHour} an hour. Measured: ${rounded(logBytes.event)} bytes of log an event, ${rounded(logBytes.close)} more where it closes a window, ${rounded(logBytes.gate)} a gate's question beside the access log's ${accessLogBytes(deployed.accessLogFormat)}, ${rounded(logBytes.idle)} any
other call. Lambda traces one call of a function each second and 5 % of the others, which cannot be set (Lambda guide, services-xray).

## List prices

us-east-1, USD for one unit, read on 24 November 2026. Those of the bundled snapshot are the ones that spans are rated with
(\`layers/core/prices/snapshot\`). \`pricing.us-east-1.amazonaws.com/offers\` is the Price List itself: the files could not be fetched from here, their SKUs
and figures were read where public documents quote them. Where a source is of another region alone, nobody here has checked the price of us-east-1.

${table(['price', 'USD', 'source'], prices)}`
}
