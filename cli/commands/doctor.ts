import type { Command } from 'commander'
import type { Finding } from '../doctor/finding.ts'
import { type RunningSystem, runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import { withProgress } from '../with-progress.ts'

/** `tollgate doctor`: is every part of a system there and well, and what to do where it is not. */
export function register(program: Command): void {
  withSystemOptions(program.command('doctor'))
    .description('Check a system part by part, and say what to do about each that is not well.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(run)
}

const HELP = `
Of any system: its API, this machine's clock, the price book, the latest spans.
With --stack also what AWS knows: topic, event-source mapping, tables, who gets
alerts, and whether you may see them. Ends with 1 where something is not well.`

interface DoctorOptions extends SystemOptions {
  readonly json?: true
}

/** Something must be done. */
class NotWell extends Error {
  override readonly name = 'NotWell'
  constructor(failed: number, looked: number) {
    super(`${failed} of ${looked} checks failed`)
  }
}

async function run(options: DoctorOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const [{ examineApi }, { drawFindings }] = await Promise.all([
    import('../doctor/examine-api.ts'),
    import('../doctor/draw-findings.ts'),
  ])
  const system = await runningSystem(options)
  const [ofApi, ofAws] = await withProgress(process.stderr, (tell) => {
    tell('looking at every part')
    return Promise.all([examineApi(system, Date.now), ofDeployment(system)])
  })
  const findings = [...ofApi, ...ofAws]
  process.stdout.write(
    options.json ? `${JSON.stringify({ system: system.title, findings })}\n` : drawFindings(findings),
  )
  const failed = findings.filter(({ verdict }) => verdict === 'FAIL').length
  if (failed > 0) throw new NotWell(failed, findings.length)
}

async function ofDeployment({ deployment }: RunningSystem): Promise<readonly Finding[]> {
  if (deployment === undefined) return []
  const [{ examineDeployment }, { connectDeployedParts }, { isAccessDenied }] = await Promise.all([
    import('../doctor/examine-deployment.ts'),
    import('../../layers/adapters/deployed-parts.ts'),
    import('../../layers/adapters/access-denied.ts'),
  ])
  const parts = connectDeployedParts(deployment.region)
  try {
    return await examineDeployment({ parts, deployment, isAccessDenied })
  } finally {
    parts.close()
  }
}
