/**
 * The name of a log group that an AWS service writes to by log delivery. Each such group is named in one resource policy of the account,
 * of 5,120 characters; groups under this prefix are allowed as a whole, so that a deploy does not fail where the policy is full
 * (CloudWatch Logs user guide, AWS-logs-infrastructure-CWL).
 */
export const deliveredLogs = (deployment: string, of: string): string => `/aws/vendedlogs/${deployment}/${of}`
