import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A stack as DescribeStacks tells of it. */
export interface ToldStack {
  readonly name: string
  readonly outputs: Readonly<Record<string, string>>
}

const ACCOUNT = '123456789012'

/**
 * DescribeStacks on loopback, as CloudFormation answers the SDK (AWS Query protocol, XML). `authorizations` are the
 * headers that came, so that a test can see with which credentials it was asked.
 */
export async function startCloudFormation(stacks: readonly ToldStack[], region = 'eu-west-1') {
  const authorizations: string[] = []
  const server = createServer(async (request, response) => {
    authorizations.push(request.headers.authorization ?? '')
    let body = ''
    for await (const chunk of request) body += chunk
    const name = new URLSearchParams(body).get('StackName')
    const stack = stacks.find((one) => one.name === name)
    response.writeHead(stack === undefined ? 400 : 200, { 'content-type': 'text/xml' })
    response.end(stack === undefined ? noSuchStack(name) : described(stack, region))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, authorizations, close: () => void server.close() }
}

const NAMESPACE = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"'

const noSuchStack = (name: string | null): string =>
  `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>ValidationError</Code>` +
  `<Message>Stack with id ${name} does not exist</Message></Error><RequestId>1</RequestId></ErrorResponse>`

function described({ name, outputs }: ToldStack, region: string): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  )
  return (
    `<DescribeStacksResponse ${NAMESPACE}><DescribeStacksResult><Stacks><member>` +
    `<StackId>arn:aws:cloudformation:${region}:${ACCOUNT}:stack/${name}/0a1b2c3d</StackId><StackName>${name}</StackName>` +
    `<CreationTime>2026-11-23T08:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>` +
    `<Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
  )
}
