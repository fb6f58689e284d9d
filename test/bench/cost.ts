import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { costFacts } from './cost-facts.ts'
import { costPage } from './cost-page.ts'

/** Counts what Tollgate costs and writes docs/cost.md: `npm run cost`. */
const PAGE = fileURLToPath(new URL('../../docs/cost.md', import.meta.url))
await writeFile(PAGE, costPage(await costFacts()))
process.stdout.write('docs/cost.md is written anew; `git diff docs/cost.md` shows what has changed.\n')
