/** Functions that know neither of OpenTelemetry nor of Tollgate. */
export const handler = async ({ id }) => ({ id, total: '12.50' })

export const failing = async () => {
  throw new TypeError('no such order')
}
