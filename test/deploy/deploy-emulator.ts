import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withProgress } from '../../cli/with-progress.ts'
import { startKafka } from '../integration/engines/kafka.ts'
import { MINISTACK } from '../integration/engines/ministack.ts'
import { synthesizeInto, transformForEmulator } from './cloud-assembly.ts'
import { openEmulatedAccount } from './emulated-account.ts'
import { invoke, mskMappingOf, pollForLambda } from './msk-mapping.ts'
import { CLUSTER_ARN, ownCluster, PARTITIONS, QUEUE } from './own-cluster.ts'

// `npm run deploy:emulator`: deploys Tollgate to an emulated account, step by step with its time, says how to talk to it,
// and keeps it until Ctrl-C.

const started = performance.now()

async function timed<Result>(what: string, step: () => Result | Promise<Result>): Promise<Result> {
  const from = performance.now()
  const result = await withProgress(process.stderr, async (tell) => {
    tell(what)
    return step()
  })
  console.log(`${what.padEnd(50)}${((performance.now() - from) / 1000).toFixed(1).padStart(6)} s`)
  return result
}

const folder = mkdtempSync(join(tmpdir(), 'tollgate-emulator-'))
const assembly = join(folder, 'assembly')
const kafka = await timed('Kafka, which is the MSK cluster', startKafka)
const account = await timed('MiniStack, which is the account', () => openEmulatedAccount(CLUSTER_ARN, kafka.brokers))
await timed('cdk synth', () => synthesizeInto(assembly, ownCluster('1'), join(folder, 'work')))
const templates = transformForEmulator(assembly)
await account.sqs('CreateQueue', { QueueName: QUEUE })
await timed('cdk bootstrap', () => account.cdk(assembly, 'bootstrap', `aws://${MINISTACK.account}/${MINISTACK.region}`))
await timed('cdk deploy --all', () => account.cdk(assembly, 'deploy', '--all', '--require-approval', 'never'))
const settings = mskMappingOf(templates['Code.template.json'] ?? { Resources: {} })
const polling = await pollForLambda(settings, kafka.brokers, PARTITIONS, (event) =>
  invoke(account.lambda, 'tollgate-attribute-spans', event),
)
polling.start()

const variables = Object.entries(account.environment).map(([name, value]) => `export ${name}='${value}'`)
console.log(`${'in all'.padEnd(50)}${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s

It runs until Ctrl-C. A Collector (deploy/collector.yaml) or any OTLP producer of Kafka records writes to
  KAFKA_BROKERS=${kafka.brokers} KAFKA_TOPIC=${settings.topic}
In another terminal:
  ${variables.join('\n  ')}
  npm run tollgate -- doctor --stack tollgate
  npm run tollgate -- top --stack tollgate`)

await new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve())
  process.once('SIGTERM', () => resolve())
})
await polling.close()
await account.close()
await kafka.close()
rmSync(folder, { recursive: true, force: true })
