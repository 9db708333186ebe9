/**
 * Recognises placeholders that people write where a value belongs: `YOUR_TOKEN`, `<token>`, `ghp_xxxxxxxx`, the name
 * of a variable. They are neither reported nor masked.
 */

const WHOLE = [
  // Brackets, and what a shell, a host or a template would replace.
  /^(?:<.*>|\[.*\]|\{.*\}|\$[A-Za-z_{(].*|%[A-Za-z_]\w*%)$/s,
  // A variable's name.
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:TOKEN|KEY|SECRET|PASSWORD|PAT|PASS|HERE|VALUE)$/,
  /^(?:token|key|secret|password|api[-_]?key|access[-_]?token)$/i,
  /^(?:your|my|insert|enter|replace|put|paste|add|some|the)[-_ .].*(?:token|key|secret|pass|pat|id|value|here|this|me)/i,
  /^(?:change|replace)[-_ ]?(?:me|this)$/i,
]

const INSIDE = [
  /x{6,}/i,
  /0{12,}/,
  /\*{3,}/,
  /\.{3,}/,
  /…/,
  /<[\w -]+>/,
  /example|placeholder/i,
  /(?:^|[-_/:=])your[-_]/i,
]

export function isPlaceholder(value: string): boolean {
  return (
    /^x{3,}$/i.test(value) ||
    WHOLE.some((form) => form.test(value)) ||
    INSIDE.some((form) => form.test(value))
  )
}
