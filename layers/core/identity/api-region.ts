const API_GATEWAY_HOST = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/

/** The region in the host name of an API Gateway endpoint; undefined for any other host. */
export const regionOfApi = (hostname: string): string | undefined => API_GATEWAY_HOST.exec(hostname)?.[1]
