import { printable, wrapped } from '../explain/wrapped.ts'
import type { Finding } from './finding.ts'

/** Findings as people read them: a line each, and under it what to do. */
export function drawFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length))
  return findings
    .flatMap((finding) => drawFinding(finding, width))
    .map((line) => `${line}\n`)
    .join('')
}

function drawFinding({ verdict, part, found, advice }: Finding, width: number): readonly string[] {
  const first = `${verdict.padEnd(4)}  ${part.padEnd(width)}  `
  return [...wrapped(first, printable(found)), ...(advice === undefined ? [] : wrapped('      -> ', printable(advice)))]
}
