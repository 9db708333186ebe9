/**
 * What a publisher hands to the MCP registry: server.json, which describes the npm package, and `mcpName` in the package,
 * by which the registry sees that both are of one owner. The rules are those of the schema that server.json names, as far
 * as it uses them, and of the registry, which takes no range for a version.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const json = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
const version = z
  .string()
  .max(255)
  .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/)
const input = {
  description: z.string().optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  value: z.string().optional(),
  default: z.string().optional(),
  choices: z.array(z.string()).optional(),
}
const argument = z.discriminatedUnion('type', [
  z
    .strictObject({ type: z.literal('positional'), valueHint: z.string().optional(), ...input })
    .refine(
      ({ valueHint, value }) => valueHint !== undefined || value !== undefined,
      'a value, or a hint at one',
    ),
  z.strictObject({ type: z.literal('named'), name: z.string(), ...input }),
])
const serverJson = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100).optional(),
  description: z.string().min(1).max(100),
  version,
  websiteUrl: z.url(),
  repository: z.strictObject({ url: z.url(), source: z.literal('github') }),
  packages: z.array(
    z.strictObject({
      registryType: z.literal('npm'),
      identifier: z.string(),
      version,
      runtimeHint: z.literal('npx'),
      transport: z.strictObject({ type: z.literal('stdio') }),
      packageArguments: z.array(argument),
    }),
  ),
})

describe('server.json', () => {
  const own = z
    .object({
      name: z.string(),
      mcpName: z.string(),
      version: z.string(),
      homepage: z.string(),
      repository: z.object({ type: z.literal('git'), url: z.string() }),
      bugs: z.object({ url: z.url() }),
    })
    .parse(json('package.json'))
  const published = json('server.json')

  it('is what the registry takes', () => {
    expect(serverJson.safeParse(published).error?.issues).toBeUndefined()
  })

  it('and package.json say the same of name, version and places', () => {
    const server = serverJson.parse(published)
    expect(server).toMatchObject({
      name: own.mcpName,
      version: own.version,
      websiteUrl: own.homepage,
      packages: [{ identifier: own.name, version: own.version }],
    })
    expect(own.repository.url).toBe(`git+${server.repository.url}.git`)
    expect(own.bugs.url).toBe(`${server.repository.url}/issues`)
    // Who logs in at the registry through GitHub owns the names of that account.
    expect(server.name.split('/')[0]).toBe(`io.github.${server.repository.url.split('/').at(-2)}`)
  })
})
