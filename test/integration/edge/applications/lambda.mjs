// A function that knows neither of OpenTelemetry nor of Tollgate.
export const handler = async ({ id }) => ({ id, total: '12.50' })
