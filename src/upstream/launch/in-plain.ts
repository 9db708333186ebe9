/**
 * Finds secrets that a launch has in plain text, without a reference: tokens, passwords in addresses, and values with
 * the name of a secret, in command, arguments, directory, address, variables and headers. They are masked like other
 * secrets. They are found by the rules that `check` uses (secrets/tokens/). If this fails, the server isn't launched
 * (promises 1 and 3).
 */
import { Secret } from '../../secrets/secret.ts'
import {
  inPlainReadings,
  secretsInPlain,
  type InPlain,
  type LaunchText,
} from '../../secrets/tokens/in-plain.ts'

export interface LabelledText extends LaunchText {
  /** Behind the server's id in the mask: `args.2`, `url`, the name of a variable. */
  readonly label: string
}

export interface RecognisedSecrets {
  readonly secrets: readonly Secret[]
  /** Of each part, in its order. */
  readonly places: readonly (readonly InPlain[])[]
}

export async function recogniseSecrets(
  serverId: string,
  parts: readonly LabelledText[],
): Promise<RecognisedSecrets> {
  // A server reads its address, and what it then shows is no longer encoded.
  const read = parts.flatMap((part) => unquoted(part) ?? [])
  const places = await secretsInPlain([...parts, ...read])
  const secrets = [...parts, ...read].flatMap(({ text, label }, index) =>
    (places[index] ?? []).flatMap((place) =>
      inPlainReadings(text, place).map((value) => new Secret(value, `${serverId}.${label}`)),
    ),
  )
  return { secrets, places: places.slice(0, parts.length) }
}

/** Percent signs read; undefined where that changes nothing. */
function unquoted(part: LabelledText): LabelledText | undefined {
  if (!part.text.includes('%')) return undefined
  const text = part.text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  return text === part.text ? undefined : { ...part, text }
}
