import { describe, expect, it } from 'vitest'
import { clusterOf, NotBrokers, parseBrokers } from '../../../local/kafka/brokers.ts'

describe('brokers', () => {
  it('are read from a list with commas, and named in events as it was given', () => {
    const brokers = parseBrokers('b-1.example:9092, b-2.example:9092')
    expect(brokers).toEqual(['b-1.example:9092', 'b-2.example:9092'])
    expect(clusterOf(brokers).bootstrapServers).toBe('b-1.example:9092,b-2.example:9092')
  })

  it.each(['', 'localhost', 'localhost:', ':9092', 'a:1,,b:2', 'http://a:9092'])('are not %j', (given) => {
    expect(() => parseBrokers(given)).toThrow(NotBrokers)
  })
})
