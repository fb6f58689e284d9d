import * as z from 'zod'

/** What `npm audit --json` answers where the registry gives advisories. */
export const auditSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), nodes: z.array(z.string()) })),
})

/** The part of package-lock.json that says what is for development alone. */
export const lockSchema = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) })

/**
 * The advisories about what ships, of those about all that is installed: `npm ci --omit=dev` installs it, or a bundle has its code,
 * wherever package.json lists it. `bundled`: names of packages.
 */
export function shippedAdvisories(
  { vulnerabilities }: z.infer<typeof auditSchema>,
  { packages }: z.infer<typeof lockSchema>,
  bundled: ReadonlySet<string>,
): readonly { readonly name: string; readonly severity: string }[] {
  return Object.entries(vulnerabilities)
    .filter(([name, { nodes }]) => bundled.has(name) || nodes.some((node) => packages[node]?.dev !== true))
    .map(([name, { severity }]) => ({ name, severity }))
}
