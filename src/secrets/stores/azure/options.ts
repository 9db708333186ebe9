/** The settings of a store that is Azure Key Vault. */
import { z } from 'zod'
import { pollOption, prefixOption } from '../shared/options.ts'

const auth = z
  .discriminatedUnion('method', [
    z.strictObject({
      method: z.literal('client-credentials').describe('An app registration with a client secret.'),
      tenantId: z.string().describe('Usually "${env:AZURE_TENANT_ID}".'),
      clientId: z.string().describe('Usually "${env:AZURE_CLIENT_ID}".'),
      clientSecret: z.string().describe('Usually "${env:AZURE_CLIENT_SECRET}".'),
    }),
    z.strictObject({
      method: z.literal('workload-identity').describe('A federated token in a file.'),
      tenantId: z.string().optional().describe('Default $AZURE_TENANT_ID.'),
      clientId: z.string().optional().describe('Default $AZURE_CLIENT_ID.'),
      tokenFile: z.string().optional().describe('Default $AZURE_FEDERATED_TOKEN_FILE.'),
    }),
    z.strictObject({
      method: z.literal('managed-identity').describe('The identity of the Azure machine.'),
      clientId: z.string().optional().describe('Of a user-assigned identity.'),
    }),
    z.strictObject({
      method: z.literal('cli').describe('Whoever `az login` logged in.'),
      tenantId: z.string().optional().describe('When the account has several.'),
    }),
  ])
  .describe(
    'How sidemux logs in. Default: AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE or IDENTITY_ENDPOINT when set, else the az CLI.',
  )

export const azureKvOptions = z
  .strictObject({
    type: z.literal('azure-kv').describe('Azure Key Vault, over its HTTPS API.'),
    vaultUrl: z.string().describe('e.g. https://team-{environment}.vault.azure.net'),
    auth: auth.optional(),
    prefix: prefixOption,
    poll: pollOption,
  })
  .describe('Azure Key Vault secrets. "${azure:name}", "${azure:name?version=…#json.field}".')

export type AzureKvOptions = z.output<typeof azureKvOptions>
