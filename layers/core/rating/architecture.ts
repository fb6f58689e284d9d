import type { Attributes } from '../otlp/span.ts'

export type Architecture = 'x86_64' | 'arm64'

/** `host.arch` of the semantic conventions, and what machines call themselves. */
const NAMES: ReadonlyMap<unknown, Architecture> = new Map([
  ['amd64', 'x86_64'],
  ['x86_64', 'x86_64'],
  ['arm64', 'arm64'],
  ['aarch64', 'arm64'],
])

/** The processor that a resource says it runs on. */
export const saidArchitecture = (resource: Attributes): Architecture | undefined => NAMES.get(resource['host.arch'])
