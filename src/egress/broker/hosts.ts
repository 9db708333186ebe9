/**
 * The hosts to which a brokered secret goes, as `hosts:` of a variable names them, and whether one of them is meant by a
 * connection. Pure.
 *
 * - `api.example.com`: over TLS, at port 443; with `:8443` at that port.
 * - `*.example.com`: every name below it, and not example.com itself.
 * - `http://intranet.example`: in clear text, which nothing else allows but an address of this machine.
 */
import { isIP } from 'node:net'
import { parsedUrl } from '../../parsed-url.ts'

export interface SecretHost {
  /** In lower case, without a dot at its end; an IPv6 address without brackets. `*.` in front means what is below. */
  readonly host: string
  readonly port: number
  /** The secret may go there unencrypted. */
  readonly clear: boolean
}

type ReadHost =
  | { readonly ok: true; readonly host: SecretHost }
  /** `message` ends a sentence that begins with the text itself. */
  | { readonly ok: false; readonly message: string; readonly hint: string }

const FORM = /^(?:(https?):\/\/)?(\*\.)?(\[[0-9A-Fa-f:.]+\]|[^/?#@:*\s]+)(?::(\d{1,5}))?\/?$/i
const HOW = 'write a name, and a port where it is not 443: api.example.com, "*.example.com", localhost:8443'

export function readSecretHost(text: string): ReadHost {
  const [, scheme = '', star = '', name = '', port] = FORM.exec(text.trim()) ?? []
  const host = normalHost(name)
  const number = port === undefined ? undefined : Number(port)
  if (host === undefined || (number !== undefined && (number < 1 || number > 65_535)))
    return { ok: false, message: 'is no host', hint: HOW }
  if (star !== '' && (isIP(host) !== 0 || !host.includes('.')))
    return {
      ok: false,
      message: 'names more than anybody means',
      hint: 'name the hosts to which this secret belongs: "*.example.com" at the widest',
    }
  const isHere = isOfThisMachine(host)
  if (isHere && number === undefined)
    return { ok: false, message: 'names no port', hint: `write the port of the service: ${name}:8080` }
  const isHttp = scheme.toLowerCase() === 'http'
  return {
    ok: true,
    host: {
      host: `${star}${host}`,
      port: number ?? (isHttp ? 80 : 443),
      clear: isHttp || (isHere && scheme === ''),
    },
  }
}

/** As it is written shortest. */
export function secretHostText({ host, port, clear }: SecretHost): string {
  const name = host.includes(':') ? `[${host}]` : host
  if (clear && !isOfThisMachine(host)) return port === 80 ? `http://${name}` : `http://${name}:${port}`
  return port === 443 ? name : `${name}:${port}`
}

/** @param host as whoever connects wrote it */
export function isMeant(rule: SecretHost, host: string, port: number): boolean {
  if (rule.port !== port) return false
  const name = normalHost(host)
  if (name === undefined) return false
  return rule.host.startsWith('*.') ? name.endsWith(rule.host.slice(1)) : isSameHost(name, rule.host)
}

/** This machine has many names, and whoever connects may have used another one. */
export function isSameHost(one: string, other: string): boolean {
  const [a, b] = [normalHost(one), normalHost(other)]
  return a !== undefined && b !== undefined && (a === b || (isOfThisMachine(a) && isOfThisMachine(b)))
}

/** One way to write it, as a browser would; undefined for what is no host. */
export function normalHost(text: string): string | undefined {
  const bare = text.replace(/^\[|\]$/g, '')
  const url = parsedUrl(`http://${isIP(bare) === 6 ? `[${bare}]` : bare}`)
  if (bare === '' || /[/?#@\\\s]/.test(bare) || url === undefined) return undefined
  const { hostname, port, pathname } = url
  if (port !== '' || pathname !== '/') return undefined
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

export function isOfThisMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host.startsWith('127.')
}
