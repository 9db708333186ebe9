/** The `secrets:` slice of servers.yaml: which stores there are. Nothing here is handed to a child. */
import { z } from 'zod'
import { duration } from '../../duration.ts'
import { RESERVED_SCHEMES } from '../reference.ts'
import { ageOptions } from './presets/age.options.ts'
import { awsSmOptions } from './aws/options.ts'
import { azureKvOptions } from './azure/options.ts'
import { bwsOptions } from './presets/bws.options.ts'
import { dopplerOptions } from './doppler/options.ts'
import { dotenvxOptions } from './presets/dotenvx.options.ts'
import { gcpSmOptions } from './gcp/options.ts'
import { infisicalOptions } from './infisical/options.ts'
import { keychainOptions } from './keychain/options.ts'
import { localOptions } from './local/options.ts'
import { opOptions } from './presets/op.options.ts'
import { passOptions } from './presets/pass.options.ts'
import { pollWhenAskedOption, prefixOption } from './shared/options.ts'
import { sopsOptions } from './presets/sops.options.ts'
import { vaultOptions } from './vault/options.ts'

/** A string in which references are resolved before the store is opened. */
const template = (about: string): z.ZodString => z.string().describe(about)

const env = z
  .strictObject({
    type: z.literal('env').describe('The environment that sidemux itself was started with.'),
    prefix: prefixOption,
  })
  .describe("Variables of sidemux's own environment.")

const dotenv = z
  .strictObject({
    type: z.literal('dotenv').describe('A .env file.'),
    path: template('The file, relative to servers.yaml; {environment} is replaced.'),
    prefix: prefixOption,
  })
  .describe('A .env file on this machine.')

const file = z
  .strictObject({
    type: z
      .literal('file')
      .describe('A directory with one file a secret, as Docker and Kubernetes mount them.'),
    path: template('The directory, relative to servers.yaml; {environment} is replaced.'),
    prefix: prefixOption,
  })
  .describe('Mounted secret files.')

const exec = z
  .strictObject({
    type: z.literal('exec').describe('A program that prints the secret.'),
    command: z
      .array(z.string())
      .min(1)
      .describe('Program and arguments; never a shell. {path}, {field} and {environment} are replaced.'),
    env: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        'Variables the program needs beside the usual session ones, e.g. its service-account token as "${env:…}".',
      ),
    timeout: duration
      .optional()
      .describe('Killed, with everything it started, after this long. Default 10s.'),
    prefix: prefixOption,
    poll: pollWhenAskedOption,
  })
  .describe('Any secret manager with a command line.')

export const storeOptions = z
  .discriminatedUnion('type', [
    env,
    dotenv,
    file,
    exec,
    infisicalOptions,
    vaultOptions,
    ageOptions,
    awsSmOptions,
    azureKvOptions,
    bwsOptions,
    dopplerOptions,
    dotenvxOptions,
    gcpSmOptions,
    keychainOptions,
    localOptions,
    opOptions,
    passOptions,
    sopsOptions,
  ])
  .describe('One secret store.')

export const secretsOptions = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a store alias such as "team": a-z, 0-9 and -')
      .refine(
        (alias) => !RESERVED_SCHEMES.includes(alias),
        'env, file, lease and plain have a meaning of their own in references; choose another alias',
      ),
    storeOptions,
  )
  .describe(
    'Secret stores by alias; a reference names one: "${alias:path#field}", or "${plain:alias:path}" for a value that is no secret.',
  )

export type StoreOptions = z.output<typeof storeOptions>
