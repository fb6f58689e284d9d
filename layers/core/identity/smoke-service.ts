/** Whose spans `tollgate smoke` sends: the service of namespace `tollgate` and name `smoke`, in no environment. */
export const SMOKE_SERVICE = 'tollgate/smoke'
