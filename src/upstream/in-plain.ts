/**
 * What is masked of a launch though no reference brought it: tokens, passwords in addresses and named values that stand
 * in plain in command, arguments, directory, address, variables and headers. They are recognised as `check` recognises
 * them (secrets/tokens/); if that can't be done the server isn't launched (promises 1 and 3).
 */
import { Secret } from '../secrets/secret.ts'
import { readingsOf, secretsInPlain, type InPlain, type LaunchText } from '../secrets/tokens/in-plain.ts'

export interface LaunchPart extends LaunchText {
  /** Behind the server's id in the mask: `args.2`, `url`, the name of a variable. */
  readonly label: string
}

export interface Recognised {
  readonly secrets: readonly Secret[]
  /** Of each part, in its order. */
  readonly places: readonly (readonly InPlain[])[]
}

export async function recognise(serverId: string, parts: readonly LaunchPart[]): Promise<Recognised> {
  // A server reads its address, and what it then shows is no longer encoded.
  const read = parts.flatMap((part) => unquoted(part) ?? [])
  const places = await secretsInPlain([...parts, ...read])
  const secrets = [...parts, ...read].flatMap(({ text, label }, index) =>
    (places[index] ?? []).flatMap((place) =>
      readingsOf(text, place).map((value) => new Secret(value, `${serverId}.${label}`)),
    ),
  )
  return { secrets, places: places.slice(0, parts.length) }
}

/** Percent signs read; undefined where that changes nothing. */
function unquoted(part: LaunchPart): LaunchPart | undefined {
  if (!part.text.includes('%')) return undefined
  const text = part.text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  return text === part.text ? undefined : { ...part, text }
}
