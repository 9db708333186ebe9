/** Makes one hash of all that servers.yaml says of a server's verdicts. A remembered yes is bound to it. Pure. */
import { canonicalHash, canonicalJson } from '../json/canonical.ts'
import type { AccessNarrowing, AccessRules, ProfileOptions, ToolRule, ToolRules } from './options.ts'

/** What beside `tools:` a server's verdicts come from. */
export interface OtherRules {
  readonly prompts?: AccessRules | undefined
  readonly resources?: AccessRules | undefined
  readonly profile?: Pick<ProfileOptions, 'prompts' | 'resources'> | undefined
  /** What the server may ask of the host, as far as it isn't the default. */
  readonly relay?: Readonly<Record<string, string | boolean>> | undefined
}

/**
 * SHA-256 over everything in servers.yaml that speaks of a server's verdicts, and of where they hold: what a human
 * remembered under other rules, in another profile or for another environment's secrets isn't remembered here. The
 * order of patterns, and how often one is written, say nothing; neither does a rule that isn't given.
 */
export function rulesHash(
  rules: ToolRules,
  profile: ProfileOptions['tools'] | undefined,
  environment: string,
  others: OtherRules = {},
): string {
  const { allow, confirm, block, set, others: unnamed } = rules
  return canonicalHash({
    prompts: asSets(others.prompts),
    resources: asSets(others.resources),
    profilePrompts: asSets(others.profile?.prompts),
    profileResources: asSets(others.profile?.resources),
    relay: Object.keys(others.relay ?? {}).length === 0 ? undefined : others.relay,
    tools: {
      allow: asSet(allow),
      confirm: asSet(confirm),
      block: asSet(block),
      set,
      others: unnamed === 'judge' ? unnamed : undefined,
    },
    profile: {
      allow: asSet(profile?.allow),
      confirm: asSet(profile?.confirm),
      block: asSet(profile?.block),
      classes: asSet(profile?.classes),
    },
    environment,
  })
}

function asSets(rules: AccessNarrowing | undefined): object | undefined {
  if (rules === undefined) return undefined
  const { allow, confirm, block, classes } = rules
  return { allow: asSet(allow), confirm: asSet(confirm), block: asSet(block), classes: asSet(classes) }
}

/** No pattern begins with a control character. */
function asSet(rules: readonly ToolRule[] | undefined): readonly string[] | undefined {
  const texts = rules?.map((rule) => (typeof rule === 'string' ? rule : `\0${canonicalJson(rule)}`))
  return texts && [...new Set(texts)].toSorted()
}
