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
  /** In the mask: the server's id, and `args.2`, `url` or the name of a variable behind it. */
  readonly label: string
}

export interface Recognised {
  readonly secrets: readonly Secret[]
  readonly places: readonly InPlain[]
}

/** Of each part, in its order. */
export async function recogniseSecrets(parts: readonly LabelledText[]): Promise<readonly Recognised[]> {
  // A server reads its address, and what it then shows is no longer encoded.
  const read = parts.flatMap((part, of) => {
    const text = unquoted(part.text)
    return text === undefined ? [] : [{ of, part: { ...part, text } }]
  })
  const places = await secretsInPlain([...parts, ...read.map(({ part }) => part)])
  const secretsAt = ({ text, label }: LabelledText, index: number): readonly Secret[] =>
    (places[index] ?? []).flatMap((place) =>
      inPlainReadings(text, place).map((value) => new Secret(value, label)),
    )
  return parts.map((part, index) => {
    const decoded = read.flatMap((one, at) =>
      one.of === index ? secretsAt(one.part, parts.length + at) : [],
    )
    return { secrets: [...secretsAt(part, index), ...decoded], places: places[index] ?? [] }
  })
}

/** Percent signs read; undefined where that changes nothing. */
function unquoted(text: string): string | undefined {
  if (!text.includes('%')) return undefined
  const read = text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  return read === text ? undefined : read
}
