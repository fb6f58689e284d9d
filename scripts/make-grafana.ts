import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { costDashboard } from './grafana/cost-dashboard.ts'

/** Writes the Grafana dashboard that people import: `npx node scripts/make-grafana.ts`, after a change of grafana/. */
const FILE = fileURLToPath(new URL('../deploy/grafana/dashboard.json', import.meta.url))

writeFileSync(FILE, JSON.stringify(costDashboard()))
execFileSync('npx', ['biome', 'format', '--write', FILE])
