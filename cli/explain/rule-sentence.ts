const RULES: ReadonlyMap<string, string> = new Map([
  ['entry', 'the span in which the service did one unit of its own work'],
  ['provider-call', "a call of an AWS API, on the SDK's own span"],
  ['model-call', 'a call of a model, on the span nearest to the wire'],
  ['declared', 'nothing here rates it, so the cost that its sender declared counts'],
  ['inner', 'work inside another span, which is charged for it'],
  ['no-meter', 'a call of an AWS API that is free, or that nothing here rates'],
])

/** Why a rule charges a span or does not, as the rest of a sentence; rules joined by `+` give theirs joined by `; `. */
export function ruleSentence(rule: string): string {
  if (rule.startsWith('unmetered:')) return 'it should have said how much it used, and did not'
  return rule
    .split('+')
    .map((one) => RULES.get(one) ?? one)
    .join('; ')
}
