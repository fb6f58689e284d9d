import { describe, expect, it } from 'vitest'
import { messageOf } from '../../cli/message-of.ts'
import { whatToDo } from '../../cli/what-to-do.ts'

/** An error as AWS's SDK throws it. */
const ofAws = (name: string, members: object = {}): Error =>
  Object.assign(new Error('it says something'), { name, $metadata: {}, ...members })

/** As the Kafka client says that no broker answers. */
const noBroker = new AggregateError(
  [
    new AggregateError(
      [
        Object.assign(new Error('Connection to b-1:9098 failed.', { cause: new Error('connect ECONNREFUSED') }), {
          code: 'PLT_KFK_NETWORK',
        }),
      ],
      'Cannot connect to any broker.',
    ),
  ],
  'Listing topics failed.',
)

describe('what to do', () => {
  it.each([
    ['expired', ofAws('ExpiredToken'), 'aws sso login'],
    ['of a key that is gone', ofAws('UnrecognizedClientException'), 'AWS_PROFILE'],
    ['missing', Object.assign(new Error(), { name: 'CredentialsProviderError' }), 'aws sso login'],
  ])('is to sign in where credentials are %s', (_, error, advice) => {
    expect(whatToDo(error)).toContain(advice)
  })

  it('is to allow what was denied', () => {
    expect(whatToDo(new Error('the stack cannot be read', { cause: ofAws('AccessDenied') }))).toMatch(/^allow/)
  })

  it('is to look at the way to what does not answer, and only where AWS or a broker is that', () => {
    expect(whatToDo(ofAws('Error', { code: 'ECONNREFUSED' }))).toContain('reaches AWS')
    expect(whatToDo(ofAws('TimeoutError'))).toContain('reaches AWS')
    expect(whatToDo(Object.assign(new Error(), { code: 'ECONNREFUSED' }))).toBeUndefined()
    expect(whatToDo(noBroker)).toContain('reaches the brokers')
  })

  it('is not known of anything else', () => {
    expect([new Error('a message that says it all'), ofAws('ValidationError'), 'text'].map(whatToDo)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('the message of an error', () => {
  it('goes down to the cause, through errors that gather others', () => {
    expect(messageOf(noBroker)).toBe(
      'Listing topics failed: Cannot connect to any broker: Connection to b-1:9098 failed: connect ECONNREFUSED',
    )
    expect(messageOf(new TypeError('fetch failed', { cause: new AggregateError([new Error('refused')]) }))).toBe(
      'fetch failed: refused',
    )
    expect(messageOf(new Error('It ends here.', { cause: 'text' }))).toBe('It ends here.')
  })
})
