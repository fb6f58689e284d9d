/** Types whose replacement or removal loses something, and what. All others of the data stack can be made again. */
const HOLDS: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'what was spent, judged and decided',
  'AWS::S3::Bucket': 'dead letters',
  'AWS::SNS::Topic': 'its ARN, which subscribers elsewhere name',
  'AWS::SNS::Subscription': 'a consent that somebody gave by hand',
  'AWS::MSK::Cluster': 'spans that nobody has booked yet',
  'AWS::EC2::VPC': 'the network that the brokers stand in',
  'AWS::EC2::Subnet': 'the network that the brokers stand in',
  'AWS::EC2::SecurityGroup': 'the way to the brokers that Collectors were given',
}

/** One line of `cdk diff`: `[~] AWS::DynamoDB::Table Tables/Ledger TablesLedgerF9806C8B replace`. */
const LINE = /^\[[-+~]\] (\S+) (.+) (replace|may be replaced|destroy|orphan)$/

/**
 * What an update from one template to another would lose, by the text of `cdk diff --no-color`: held resources that
 * CloudFormation would replace, delete, or keep and forget. A table that is renamed or moved shows as one of these.
 */
export function lostResources(diff: string): readonly string[] {
  return diff.split('\n').flatMap((line) => {
    const [, type = '', name = '', impact = ''] = LINE.exec(line.trimEnd()) ?? []
    const held = HOLDS[type]
    return held === undefined ? [] : [`${impact}: ${type} ${name} (${held})`]
  })
}
