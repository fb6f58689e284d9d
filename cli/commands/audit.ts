import type { Command } from 'commander'
import { runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'

/** `tollgate audit`: do the ledger's figures add up, with each other and with the topic. */
export function register(program: Command): void {
  withSystemOptions(program.command('audit'))
    .description(
      'Check by hour and service that spans in = booked + parked + uncharged + dead + copies, and that money by minute = by operation.',
    )
    .option('--from <instant>', 'since when; the current hour where nothing is said (2026-11-23T08:00Z, 2026-11-23)')
    .option('--to <instant>', 'until when, at most a week later')
    .option('--service <name>', 'one service alone; the topic is not read then')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nEnds with code 1 where an identity does not hold.\nA deployed system does not read its topic.',
    )
    .action(run)
}

interface AuditOptions extends SystemOptions {
  readonly from?: string
  readonly to?: string
  readonly service?: string
  readonly json?: true
}

/** Figures that must be equal are not. */
class IdentitiesViolated extends Error {
  override readonly name = 'IdentitiesViolated'
  constructor(violations: number) {
    super(`${violations} identities do not hold; docs/operations.md, "identity-drift", says what to do`)
  }
}

async function run({ from, to, service, json, ...system }: AuditOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const [{ readAudit }, { drawAudit }] = await Promise.all([
    import('../audit/audit-client.ts'),
    import('../audit/draw-audit.ts'),
  ])
  const given = Object.entries({ from, to, service }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  const { url, sign } = await runningSystem(system)
  const report = await readAudit(url, Object.fromEntries(given), sign)
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : drawAudit(report))
  if (report.violations.length > 0) throw new IdentitiesViolated(report.violations.length)
}
