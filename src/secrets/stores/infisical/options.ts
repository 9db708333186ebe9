/** Settings of an `infisical` store. */
import { z } from 'zod'
import { pollOption, prefixOption } from '../shared/options.ts'

const text = (about: string): z.ZodString => z.string().describe(about)
const identityId = text('The id of the machine identity.')

const universal = z
  .strictObject({
    method: z
      .literal(['universal-auth', 'universal'])
      .describe('A machine identity with client id and secret.'),
    clientId: text('Usually a reference, e.g. "${env:INFISICAL_CLIENT_ID}".'),
    clientSecret: text('Usually a reference, e.g. "${env:INFISICAL_CLIENT_SECRET}".'),
  })
  .describe('Universal Auth.')

const token = z
  .strictObject({
    method: z.literal(['token-auth', 'token']).describe('An access token that you give; it is not revoked.'),
    token: text('A reference that is read at each login, e.g. "${file:/run/infisical-token}".'),
  })
  .describe('A given token.')

const kubernetes = z
  .strictObject({
    method: z
      .literal(['kubernetes-auth', 'kubernetes'])
      .describe('The service account of the pod that sidemux runs in.'),
    identityId,
    tokenPath: text(
      'File with the service account token. Default /var/run/secrets/kubernetes.io/serviceaccount/token.',
    ).optional(),
  })
  .describe('Kubernetes.')

const federated = z
  .strictObject({
    method: z
      .literal(['oidc-auth', 'oidc', 'jwt-auth', 'jwt'])
      .describe('A token of an OIDC provider, or a JWT, that the identity trusts.'),
    identityId,
    jwt: text('A reference that is read at each login, e.g. "${file:/run/id-token}".'),
  })
  .describe('OIDC or JWT.')

const aws = z
  .strictObject({
    method: z.literal(['aws-auth', 'aws']).describe('An AWS principal, by a signed sts:GetCallerIdentity.'),
    identityId,
    region: text('Of the STS endpoint. Default AWS_REGION, else us-east-1.').optional(),
  })
  .describe('AWS IAM.')

const azure = z
  .strictObject({
    method: z.literal(['azure-auth', 'azure']).describe("The machine's managed identity in Azure."),
    identityId,
    clientId: text('Of a user-assigned identity.').optional(),
    resource: text('Whom the token is for. Default https://management.azure.com/.').optional(),
  })
  .describe('Azure.')

const gcp = z
  .strictObject({
    method: z
      .literal(['gcp-auth', 'gcp'])
      .describe('A service account of Google Cloud: of this machine, or by a key file.'),
    identityId,
    keyPath: text(
      'A service account key (JSON), relative to servers.yaml. Without it the metadata server is asked.',
    ).optional(),
  })
  .describe('Google Cloud.')

const ldap = z
  .strictObject({
    method: z.literal(['ldap-auth', 'ldap']).describe('A user of your directory.'),
    identityId,
    username: text('The name in the directory.'),
    password: text('A reference, e.g. "${file:~/.ldap-password}".'),
  })
  .describe('LDAP.')

const cli = z
  .strictObject({
    method: z
      .literal('cli')
      .describe('The session of an installed infisical CLI, for a person without a machine identity.'),
  })
  .describe('What `infisical login` stored; sidemux runs `infisical user get token`.')

export const infisicalOptions = z
  .strictObject({
    type: z.literal('infisical').describe('Infisical, cloud or self-hosted.'),
    siteUrl: text('Base URL. Default https://app.infisical.com.').optional(),
    projectId: text('The project (workspace) id.'),
    environment: text('The environment slug; {environment} is replaced.'),
    auth: z
      .discriminatedUnion('method', [universal, token, kubernetes, federated, aws, azure, gcp, ldap, cli])
      .describe('How sidemux logs in.'),
    caCert: text(
      "PEM file of your certificate authority, trusted beside Node's; relative to servers.yaml.",
    ).optional(),
    prefix: prefixOption,
    poll: pollOption,
  })
  .describe('Infisical: secrets, and leases of its dynamic secrets.')

export type InfisicalOptions = z.output<typeof infisicalOptions>
