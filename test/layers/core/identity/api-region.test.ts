import { describe, expect, it } from 'vitest'
import { regionOfApi } from '../../../../layers/core/identity/api-region.ts'

describe('the region of an API', () => {
  it('stands in the host name of API Gateway, and in no other', () => {
    expect(regionOfApi('abc.execute-api.eu-west-1.amazonaws.com')).toBe('eu-west-1')
    expect(regionOfApi('abc.execute-api.cn-north-1.amazonaws.com.cn')).toBe('cn-north-1')
    for (const other of ['127.0.0.1', 'x.execute-api.eu-west-1.amazonaws.com.evil.test']) {
      expect(regionOfApi(other)).toBeUndefined()
    }
  })
})
