import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bucket, startBucket } from '../../local/bucket.ts'

const BUCKET = 'tollgate-dead-letters'

describe.each([['in memory'], ['in a folder']])('the bucket %s, through the SDK client', (where) => {
  let folder: string | undefined
  let bucket: Bucket
  let client: S3Client
  async function open(): Promise<void> {
    bucket = await startBucket(folder)
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    client = new S3Client({ endpoint: bucket.endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  }
  async function close(): Promise<void> {
    client.destroy()
    await bucket.close()
  }
  beforeEach(async () => {
    folder = where === 'in a folder' ? await mkdtemp(join(tmpdir(), 'tollgate-bucket-')) : undefined
    await open()
  })
  afterEach(async () => {
    await close()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  const put = (Key: string, Body: string | Uint8Array) =>
    client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))
  const get = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    return Body?.transformToString()
  }
  async function list(Prefix?: string, MaxKeys?: number): Promise<(string | undefined)[]> {
    const input = { Bucket: BUCKET, ...(Prefix ? { Prefix } : {}), ...(MaxKeys ? { MaxKeys } : {}) }
    const keys: (string | undefined)[] = []
    for await (const page of paginateListObjectsV2({ client }, input)) {
      keys.push(...(page.Contents ?? []).map((object) => object.Key))
    }
    return keys
  }

  it.each([
    'dead-letters/undecodable/2026-11-23/otlp_spans-3@17.json',
    'é a+b#1?x=1&y=<2>"%25',
    '../../escape',
    'a//b/./c',
  ])('gives back what was put under %s', async (key) => {
    await put(key, 'one')
    await put(key, 'two')
    expect(await get(key)).toBe('two')
    expect(await list()).toEqual([key])
  })

  it('keeps bytes as they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    await put('bytes', bytes)
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'bytes' }))
    expect(await Body?.transformToByteArray()).toEqual(bytes)
  })

  it('lists by prefix, in order, a page at a time', async () => {
    for (const key of ['b/2', 'a/1', 'b/10', 'b/1', 'c']) await put(key, 'x')
    expect(await list()).toEqual(['a/1', 'b/1', 'b/10', 'b/2', 'c'])
    expect(await list('b/', 2)).toEqual(['b/1', 'b/10', 'b/2'])
    const page = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys: 2 }))
    expect([page.KeyCount, page.IsTruncated, page.Contents?.[0]?.Size]).toEqual([2, true, 1])
    expect(await list('nothing')).toEqual([])
  })

  it('deletes, and deletes what is not there', async () => {
    await put('k', 'x')
    for (const _ of [1, 2]) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'k' }))
    await expect(get('k')).rejects.toBeInstanceOf(NoSuchKey)
  })

  it('refuses a stream in chunks, which it would have to unpack', async () => {
    const headers = { 'content-encoding': 'aws-chunked' }
    const response = await fetch(`${bucket.endpoint}/${BUCKET}/k`, { method: 'PUT', headers, body: '1\r\nx\r\n0\r\n' })
    expect([response.status, await response.text()]).toEqual([501, expect.stringContaining('takes whole bodies')])
  })

  it('gives back after a restart what is in its folder, and nothing from memory', async () => {
    await put('../up', 'x')
    await close()
    await open()
    if (folder === undefined) return expect(get('../up')).rejects.toBeInstanceOf(NoSuchKey)
    expect(await get('../up')).toBe('x')
    expect(await readdir(folder)).toEqual(['buckets'])
  })
})
