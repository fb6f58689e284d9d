import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATA_TEMPLATE, WAYS_IN, writeAssembly } from '../../../scripts/releases/data-assembly.ts'
import { lostResources } from '../../../scripts/releases/lost-resources.ts'
import { templateDifference } from '../../../scripts/releases/template-difference.ts'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-lost-'))
const assembly = join(folder, 'assembly')

beforeAll(() => writeAssembly(assembly, WAYS_IN['new-cluster']))
afterAll(() => rmSync(folder, { recursive: true }))

interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
}

/** What an update to today's stack loses, coming from today's template with something changed in it. */
function lostFrom(change: (before: Template['Resources']) => void): readonly string[] {
  const template: Template = JSON.parse(readFileSync(join(assembly, DATA_TEMPLATE), 'utf8'))
  change(template.Resources)
  const before = join(folder, 'before.json')
  writeFileSync(before, JSON.stringify({ Resources: template.Resources }))
  return lostResources(templateDifference(assembly, before))
}

const idOf = (resources: Template['Resources'], type: string, like: string): string =>
  Object.keys(resources).find((id) => resources[id]?.Type === type && id.includes(like)) ?? ''

const set = (type: string, like: string, properties: Record<string, unknown>) => (before: Template['Resources']) =>
  Object.assign(before[idOf(before, type, like)]?.Properties ?? {}, properties)

describe('an update of the data stack', () => {
  it('loses nothing when nothing changed, and nothing when a table gets another billing mode or a policy goes', () => {
    expect(lostFrom(set('AWS::DynamoDB::Table', 'Ledger', { BillingMode: 'PROVISIONED' }))).toEqual([])
    expect(
      lostFrom((before) => {
        const id = idOf(before, 'AWS::SNS::TopicPolicy', 'Alerts')
        before.Another = before[id] as never
        delete before[id]
      }),
    ).toEqual([])
  })

  it.each([
    [
      'a table with another name',
      'AWS::DynamoDB::Table',
      'Ledger',
      { TableName: 'ledger' },
      /^replace: .*what was spent/,
    ],
    [
      'a table with other keys',
      'AWS::DynamoDB::Table',
      'Ledger',
      { KeySchema: [{ AttributeName: 'row', KeyType: 'HASH' }] },
      /^replace: .*what was spent/,
    ],
    ['a cluster with another name', 'AWS::MSK::Cluster', '', { ClusterName: 'x' }, /^replace: .*nobody has booked yet/],
    ['a subnet with other addresses', 'AWS::EC2::Subnet', '', { CidrBlock: '10.9.0.0/24' }, /^replace: .*the network/],
    ['an alerts topic with another name', 'AWS::SNS::Topic', '', { TopicName: 'x' }, /^replace: .*its ARN/],
  ])('is refused from %s: it would be replaced', (_, type, like, properties, says) => {
    expect(lostFrom(set(type, like, properties))).toContainEqual(expect.stringMatching(says))
  })

  it('is refused where a construct was renamed or moved: CloudFormation keeps the table and forgets it', () => {
    const lost = lostFrom((before) => {
      const id = idOf(before, 'AWS::DynamoDB::Table', 'Ledger')
      before.TablesSpend12345678 = before[id] as never
      delete before[id]
    })
    expect(lost).toEqual([expect.stringMatching(/^orphan: AWS::DynamoDB::Table .*what was spent/)])
  })
})
