import * as z from 'zod'
import { AMBIGUOUS, pathOf, QUERY } from './exemption.ts'

const PATTERN = /^(\*|[A-Za-z]{1,20}) (\/[\x21-\x7e]*)$/

/**
 * Requests that are never refused: `GET /healthz`, `POST /payments/*`, `* /internal/*`. In the path `*` stands for one segment, and
 * as the last one for all that follow.
 */
export const exemptionSchema = z
  .string()
  .max(100)
  .regex(PATTERN, 'write a method (or *) and a path: "GET /healthz", "POST /payments/*"')
  .refine((pattern) => !isAmbiguous(pathOf(pattern)), 'write a plain path, without "..", "//", "?" and "%"')

const isAmbiguous = (path: string): boolean => AMBIGUOUS.test(path) || QUERY.test(path) || path.includes('%')
