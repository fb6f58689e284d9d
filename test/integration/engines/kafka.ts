import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { EngineProcess } from './engine-process.ts'
import { freePort } from './free-port.ts'
import { jarsOf } from './jars.ts'
import { startJava } from './java-process.ts'
import { NO_LISTENER, type SecuredListener, securedListener } from './kafka-listener.ts'
import { untilListening } from './until-listening.ts'

/** Apache Kafka, one process that is broker and controller, on loopback ports that stay the same across restarts. */
export interface Kafka {
  /** Bootstrap servers: `127.0.0.1:PORT`. */
  readonly brokers: string
  /** Its listener with TLS and a login, where it was started with one: `127.0.0.1:PORT`. */
  readonly securedBrokers: string
  /** Ends the process as a crash does; topics and committed offsets stay in its folder. */
  stop(): Promise<void>
  /** Starts it again on its folder. */
  start(): Promise<void>
  /** Stops it and deletes its folder. */
  close(): Promise<void>
}

/** Any 16 bytes in base64url; the folder is formatted for it. */
const CLUSTER_ID = Buffer.from('tollgate-tests-1').toString('base64url')

/**
 * server.properties of a cluster of one. The internal topics have one partition instead of 50, the first rebalance does
 * not wait for more members, the log cleaner looks often and a dead broker is soon known: a test waits for each of them.
 */
const properties = (folder: string, port: number, controllerPort: number, secured: SecuredListener): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${secured.listener}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}${secured.listener}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
${secured.properties}
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=100
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=200
`

/** Starts Kafka with a temporary folder of its own. `isSecured`: with a listener that asks for TLS and a login, too. */
export async function startKafka({ isSecured = false } = {}): Promise<Kafka> {
  const jars = await jarsOf('kafka')
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-kafka-'))
  const port = await freePort()
  const settings = join(folder, 'server.properties')
  const secured = isSecured ? await securedListener(folder) : NO_LISTENER
  await writeFile(settings, properties(folder, port, await freePort(), secured))
  const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settings, ...secured.users]
  await promisify(execFile)('java', ['-cp', join(jars, '*'), ...format])

  let java: EngineProcess | undefined
  const start = async (): Promise<void> => {
    java = await startJava(jars, ['-Dlog4j2.level=INFO', 'kafka.Kafka', settings], /Kafka Server started/, {
      heapMiB: 512,
    })
    await untilListening(port)
  }
  const stop = async (): Promise<void> => {
    await java?.kill()
    java = undefined
  }
  await start()
  return {
    brokers: `127.0.0.1:${port}`,
    securedBrokers: secured.brokers,
    start,
    stop,
    close: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
