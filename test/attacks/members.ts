/** JSON with each member as often as it is written: what JSON.parse doesn't tell. */

interface Written {
  /** Its text, as it stands there. */
  readonly json: string
  /** Of an object: names, decoded, with their values. */
  readonly members: readonly (readonly [string, Written])[]
  /** Of a list. */
  readonly items: readonly Written[]
}

/** @throws SyntaxError when the text isn't one JSON value and nothing else */
export function written(json: string): Written {
  JSON.parse(json)
  let at = 0
  const skip = (): void => {
    while (/[\s,:]/.test(json[at] ?? '')) at += 1
  }
  const text = (): string => {
    const from = at
    for (at += 1; json[at] !== '"'; at += 1) if (json[at] === '\\') at += 1
    at += 1
    return json.slice(from, at)
  }
  const value = (): Written => {
    const from = at
    const members: [string, Written][] = []
    const items: Written[] = []
    const open = json[at]
    if (open === '"') {
      text()
    } else if (open === '{' || open === '[') {
      for (at += 1, skip(); json[at] !== '}' && json[at] !== ']'; skip()) {
        if (open === '[') {
          items.push(value())
          continue
        }
        const name = JSON.parse(text()) as string
        skip()
        members.push([name, value()])
      }
      at += 1
    } else {
      while (/[^\s,\]}]/.test(json[at] ?? ' ')) at += 1
    }
    return { json: json.slice(from, at), members, items }
  }
  skip()
  return value()
}

/** The value of the first member with this name. */
export function memberOf({ members }: Written, name: string): Written | undefined {
  return members.find(([one]) => one === name)?.[1]
}

/** Names that stand more than once in the same object, at any depth. */
export function twiceIn({ members, items }: Written): string[] {
  const names = members.map(([name]) => name)
  const own = names.filter((name, index) => names.indexOf(name) !== index)
  return [...own, ...members.flatMap(([, inner]) => twiceIn(inner)), ...items.flatMap(twiceIn)]
}
