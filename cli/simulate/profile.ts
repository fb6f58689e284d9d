import { type Load, NORMAL, type Profile } from './scenario.ts'

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

/** What the service has always done at this time, by seconds since the epoch (a Thursday), in multiples of its normal second. */
export function usualLoad(profile: Profile, second: number): Load {
  switch (profile) {
    case 'steady':
      return NORMAL
    case 'daily': {
      const swing = 1 + 0.8 * Math.sin((2 * Math.PI * second) / DAY_S)
      return { frontDoor: swing, requests: swing, unitCost: 1 }
    }
    case 'weekly':
      return isBatchTime(second) ? { ...NORMAL, unitCost: 8 } : NORMAL
  }
}

/** Sundays from 02:05 to 03:05 UTC. */
const isBatchTime = (second: number): boolean => {
  const sinceSunday = (second + 4 * DAY_S) % (7 * DAY_S)
  return sinceSunday >= 2 * HOUR_S + 300 && sinceSunday < 3 * HOUR_S + 300
}
