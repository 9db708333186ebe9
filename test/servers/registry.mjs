/**
 * A registry of npm packages on loopback, since a test asks no host of the internet. It answers what npm itself asks for:
 * the document of a package and its tarballs, as the registry's API (docs of npm, "package-metadata") and the form of a
 * package (ustar in gzip, all below "package/") say. npm is pointed at it by its own setting `registry`.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

/** A file of a ustar archive: its head of 512 bytes, and its content filled up to blocks of 512. */
function tarEntry(name, text) {
  const content = Buffer.from(text)
  const head = Buffer.alloc(512)
  const octal = (value, length) => `${value.toString(8).padStart(length - 1, '0')}\0`
  head.write(name, 0)
  head.write(octal(0o644, 8), 100)
  head.write(octal(0, 8), 108)
  head.write(octal(0, 8), 116)
  head.write(octal(content.length, 12), 124)
  head.write(octal(0, 12), 136)
  head.write('        ', 148)
  head.write('0', 156)
  head.write('ustar\u000000', 257)
  head.write(
    octal(
      head.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  )
  return Buffer.concat([head, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

/** @param files by path in the package; package.json is made of `manifest` */
export function tarball(manifest, files) {
  const all = { 'package.json': JSON.stringify(manifest), ...files }
  const entries = Object.entries(all).map(([name, text]) => tarEntry(`package/${name}`, text))
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]))
}

export async function startRegistry() {
  /** By name: versions with their manifest and tarball. */
  const packages = new Map()
  const requests = []
  const fault = {}
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0])
    requests.push({ path, authorization: request.headers.authorization })
    const end = (status, body = '{}') =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    if (fault.silent) return undefined
    if (fault.token !== undefined && request.headers.authorization !== `Bearer ${fault.token}`)
      return end(401)
    if (fault.status !== undefined) return end(fault.status)
    const [, name, file] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+))?$/.exec(path) ?? []
    const versions = packages.get(name)
    if (versions === undefined) return end(404)
    if (file !== undefined) {
      const found = [...versions.values()].find((one) => one.file === file)
      if (found === undefined) return end(404)
      const body = fault.damaged ? tarball({ name, version: '0.0.0' }, {}) : found.body
      return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(body)
    }
    const newest = [...versions.keys()].at(-1)
    const document = {
      name,
      'dist-tags': {
        latest: newest,
        ...Object.fromEntries([...versions].flatMap(([v, { tag }]) => (tag ? [[tag, v]] : []))),
      },
      versions: Object.fromEntries([...versions].map(([version, { manifest }]) => [version, manifest])),
    }
    return end(200, JSON.stringify(document))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${server.address().port}/`
  return {
    url,
    requests,
    /** Switches: `silent`, `status`, `token` (what a login wants), `damaged` (another tarball than the document says). */
    fault,
    /**
     * @param manifest members of its package.json beside name and version
     * @param files by path
     */
    publish(name, version, manifest = {}, files = {}, tag) {
      const whole = { name, version, ...manifest }
      const body = tarball(whole, files)
      const file = `${name.replace(/^@[^/]+\//, '')}-${version}.tgz`
      const dist = {
        tarball: `${url}${name}/-/${file}`,
        integrity: `sha512-${createHash('sha512').update(body).digest('base64')}`,
        shasum: createHash('sha1').update(body).digest('hex'),
      }
      const versions = packages.get(name) ?? new Map()
      const hasScript = ['preinstall', 'install', 'postinstall'].some((script) => manifest.scripts?.[script])
      versions.set(version, {
        body,
        file,
        tag,
        manifest: { ...whole, dist, ...(hasScript && { hasInstallScript: true }) },
      })
      packages.set(name, versions)
      return dist.integrity
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
