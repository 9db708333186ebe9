/** The host of an address as Node's sockets take it, and whether it is this machine by the way it is written. */

/** An IPv6 address without its brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** @param hostname of a URL, so an IPv6 address is in brackets */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
