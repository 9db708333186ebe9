/**
 * References that end up where others can read them: in arguments, a program's name, a directory, an address. The
 * operator allowed it (`allowSecretsInArgs`), or it is a store's own program; it stays worth knowing.
 */
import { looksSecret } from '../../secrets/words/names.ts'
import { references, type Template } from '../../secrets/reference.ts'
import type { ServerConfig } from '../../config/config.ts'
import type { Mark } from '../../config/problem.ts'

export function commandLineMarks(server: ServerConfig): readonly Mark[] {
  // Without it such a reference keeps the server from being started, which says enough.
  if (!server.allowSecretsInArgs) return []
  const { launch } = server
  const fields: readonly (readonly [string, Template, (Template | undefined)?])[] =
    launch.kind === 'remote'
      ? [['url', launch.url]]
      : [
          ['command', launch.command],
          ['cwd', launch.cwd],
          ...launch.args.map((arg, at) => [`args.${at}`, arg, launch.args[at - 1]] as const),
        ]
  return fields.flatMap(([field, template, before]): Mark[] => {
    const named = before?.source.startsWith('-') === true && looksSecret(before.source)
    const part = references(template).find(
      ({ reference, plain }) =>
        !plain && (named || (reference.kind === 'env' && looksSecret(reference.name))),
    )
    if (part === undefined) return []
    const message =
      field === 'url'
        ? `${part.text} becomes part of an address, and addresses end up in logs`
        : `${part.text} is handed over on a command line, which others on this machine can read`
    const hint =
      field === 'url'
        ? 'send it in `headers:` and remove allowSecretsInArgs'
        : 'pass it in `env:` if the server can take it from there, and remove allowSecretsInArgs'
    return [{ ...server.fieldPosition(field), severity: 'warning', message, hint }]
  })
}
