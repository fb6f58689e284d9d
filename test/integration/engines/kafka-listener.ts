import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

/** A listener of a broker that asks for TLS and a login, as far as the broker's settings go. */
export interface SecuredListener {
  /** `127.0.0.1:PORT`; empty where there is none. */
  readonly brokers: string
  /** To be added to the broker's listeners. */
  readonly listener: string
  readonly properties: string
  /** Arguments of the storage tool that make its SCRAM user. */
  readonly users: readonly string[]
}

export const NO_LISTENER: SecuredListener = { brokers: '', listener: '', properties: '', users: [] }

/** The one user of SCRAM. */
export const SCRAM_USER = { username: 'tollgate', password: 'between-tests' } as const

const STORE_PASSWORD = 'of-a-test'

/**
 * Makes a certificate for 127.0.0.1, which this process trusts from then on, and the settings of a listener that takes SCRAM-SHA-512
 * and OAUTHBEARER. Tokens are unsigned JWTs, whose times the broker judges (Kafka documentation, "Unsecured Token Validation"):
 * MSK's own validator of what IAM signs is nowhere to be had.
 */
export async function securedListener(folder: string): Promise<SecuredListener> {
  const port = await freePort()
  const store = join(folder, 'broker.p12')
  const certificate = join(folder, 'broker.pem')
  const keytool = (...args: string[]) =>
    promisify(execFile)('keytool', [...args, '-alias', 'broker', '-keystore', store, '-storepass', STORE_PASSWORD])
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'SAN=ip:127.0.0.1', '-validity', '30']
  await keytool('-genkeypair', '-keyalg', 'EC', '-storetype', 'PKCS12', ...subject)
  await keytool('-exportcert', '-rfc', '-file', certificate)
  setDefaultCACertificates([...getCACertificates('default'), await readFile(certificate, 'utf8')])
  const jaas = 'org.apache.kafka.common.security'
  return {
    brokers: `127.0.0.1:${port}`,
    listener: `,SASL_SSL://127.0.0.1:${port}`,
    properties: `
sasl.enabled.mechanisms=OAUTHBEARER,SCRAM-SHA-512
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=${jaas}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${jaas}.scram.ScramLoginModule required;
ssl.keystore.location=${store}
ssl.keystore.type=PKCS12
ssl.keystore.password=${STORE_PASSWORD}
`,
    users: ['--add-scram', `SCRAM-SHA-512=[name=${SCRAM_USER.username},password=${SCRAM_USER.password}]`],
  }
}
