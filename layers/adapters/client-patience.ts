/**
 * How long a client waits: a connection that hangs is given up after five seconds and tried again, with the SDK's jitter, so
 * that five tries end before a function's time is up, and one request does not cost the whole invocation.
 */
export const CLIENT_PATIENCE = {
  maxAttempts: 5,
  requestHandler: { requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const
