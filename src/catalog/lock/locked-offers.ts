/** Offers of a server by servers.lock, as if the server had just said so: for a list before it ever ran here. Pure. */
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS } from '../../upstream/session/lists/lists.ts'
import type { Offers } from '../../upstream/messages/offer.ts'
import type { LockedServer } from './lock-text.ts'

export function offersIn({ tools, prompts, templates, resources, instructions }: LockedServer): Offers {
  return {
    // A file that others write holds whatever they wrote, so it is put right as what a server says.
    tools: TOOLS.normalize([...tools.pinned.values()]).entries,
    prompts: PROMPTS.normalize([...prompts.pinned.values()]).entries,
    resources: RESOURCES.normalize([...(resources?.values() ?? [])]).entries,
    templates: TEMPLATES.normalize([...templates.pinned.values()]).entries,
    capabilities: {},
    cache: {},
    ...(instructions !== undefined && { instructions }),
  }
}
