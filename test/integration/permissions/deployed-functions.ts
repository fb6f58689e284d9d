import { LOCAL_FUNCTIONS } from '../../../local/system.ts'

/** All functions of a deployment: those of the local system, and two that only AWS needs. */
export const DEPLOYED_FUNCTIONS = [...LOCAL_FUNCTIONS, 'create-topic', 'meter-itself'] as const
