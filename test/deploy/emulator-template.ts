import reasons from './not-on-emulator.json' with { type: 'json' }

/** A template as far as the transform looks into it. */
export interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, TemplateResource>>
}

export interface TemplateResource {
  readonly Type: string
  readonly DependsOn?: string | readonly string[]
}

/** Resource types that the emulator does not have, each with the reason why it may be left out. */
export const NOT_ON_EMULATOR: Readonly<Record<string, string>> = reasons

/** Something that stays needs something that is left out: the emulator would be shown another system. */
class StillNeeded extends Error {
  override readonly name = 'StillNeeded'
}

/**
 * The one transform between the template of an account and the emulator's: resources of the types in not-on-emulator.json
 * are left out, and no longer waited for. Everything else stays as it is.
 * @throws StillNeeded
 */
export function forEmulator<Template extends CloudFormationTemplate>(template: Template): Template {
  const removed = new Set(
    Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type in NOT_ON_EMULATOR ? [id] : [])),
  )
  const kept = Object.entries(template.Resources).filter(([id]) => !removed.has(id))
  const Resources = Object.fromEntries(kept.map(([id, resource]) => [id, waitingOnlyFor(resource, removed)]))
  const result = { ...template, Resources }
  const needed = referencesIn(result).find((id) => removed.has(id))
  if (needed !== undefined) throw new StillNeeded(`${needed} is left out, and what stays refers to it`)
  return result
}

function waitingOnlyFor({ DependsOn, ...resource }: TemplateResource, removed: ReadonlySet<string>): TemplateResource {
  if (DependsOn === undefined) return resource
  const left = [DependsOn].flat().filter((id) => !removed.has(id))
  return left.length === 0 ? resource : { ...resource, DependsOn: left }
}

/** Logical ids in `Ref`, `Fn::GetAtt` and `Fn::Sub`. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)]
    if (key === 'Fn::GetAtt') return [String([inner].flat()[0]).split('.')[0] ?? '']
    if (key === 'Fn::Sub') {
      const names = [...String([inner].flat()[0]).matchAll(/\$\{([A-Za-z0-9]+)/g)].map(([, id]) => id ?? '')
      return [...names, ...referencesIn(inner)]
    }
    return referencesIn(inner)
  })
}
