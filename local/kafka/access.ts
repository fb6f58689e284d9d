import type { BaseOptions, SASLOptions } from '@platformatic/kafka'

/** How a client signs in, always over TLS: with a name and a password, or with tokens of AWS. */
export type KafkaLogin =
  | { readonly kind: 'scram'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: () => Promise<string> }

/** A topic that is there, and how to sign in at its brokers. */
export interface TopicAccess {
  /** `HOST:PORT,HOST:PORT` */
  readonly brokers: string
  readonly topic: string
  /** Undefined: neither TLS nor a login. */
  readonly login?: KafkaLogin
}

/** The client's settings for a login. */
export function accessOf(login: KafkaLogin | undefined): Pick<BaseOptions, 'tls' | 'sasl'> {
  return login === undefined ? {} : { tls: {}, sasl: saslOf(login) }
}

/** MSK's SCRAM is SHA-512; its IAM listener takes OAUTHBEARER from clients other than Java's (MSK developer guide). */
function saslOf(login: KafkaLogin): SASLOptions {
  if (login.kind === 'token') return { mechanism: 'OAUTHBEARER', token: login.token }
  return { mechanism: 'SCRAM-SHA-512', username: login.username, password: login.password }
}
