import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { costFacts } from './cost-facts.ts'
import { costPage } from './cost-page.ts'
import { deployedCounts } from './deployed-counts.ts'
import { logBytes } from './log-bytes.ts'

/** Counts what Tollgate costs and writes docs/cost.md: `npm run cost`. */
const PAGE = fileURLToPath(new URL('../../docs/cost.md', import.meta.url))
const facts = await costFacts({ deployed: deployedCounts(), logBytes: await logBytes() })
await writeFile(PAGE, costPage(facts))
process.stdout.write('docs/cost.md is written anew; `git diff docs/cost.md` shows what has changed.\n')
