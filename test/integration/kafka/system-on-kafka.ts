import { configurationSchema } from '../../../layers/core/configuration.ts'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../../local/system.ts'
import type { Kafka } from '../engines/kafka.ts'

/** The local system on the topic of a real Kafka, by the machine's own clock, with a rate for every service. */
export const startSystemOn = (kafka: Kafka): Promise<LocalSystem> =>
  startLocalSystem({
    configuration: configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] }),
    clock: systemClock(),
    sleep: realSleep,
    kafka: kafka.brokers,
    ports: { otlp: 0, api: 0 },
    report: (what, error) => console.error(what, error),
    expires: false,
  })
