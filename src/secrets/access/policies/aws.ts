/**
 * AWS's identity policy. A secret's ARN ends with six characters that AWS chooses, so they are six `?`: any character
 * each, and no more of them. The characters that IAM reads in another way can't be in a secret's name.
 */
import type { AwsSmOptions } from '../../stores/aws/options.ts'
import { checkVersioned, parseVersioned } from '../../stores/shared/versioned.ts'
import { aliasOf } from '../../stores/identity.ts'
import type { Need } from '../needs.ts'
import { exactly, fieldNote, type Policy } from '../policy.ts'

const NAME = /^(arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/
const CHOICES = { version: /^[\w-]{32,64}$/, stage: /^[\w+=.@/-]{1,256}$/ }
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/

export function awsPolicy(
  need: Need<AwsSmOptions>,
  env: Readonly<Record<string, string | undefined>>,
): Policy {
  const { reads } = need
  const region = regionOf(need, env)
  /** By condition; the empty one for what names no version. */
  const statements = new Map<string, Set<string>>()
  for (const wanted of reads) {
    const path = exactly(need, wanted, (path) => checkVersioned(path, aliasOf(need.store), NAME, CHOICES)[0])
    const { name, version, stage } = parseVersioned(path)
    const condition = JSON.stringify(conditionOf(version, stage) ?? '')
    statements.set(condition, (statements.get(condition) ?? new Set()).add(arnOf(name, region)))
  }
  return {
    policy: {
      Version: '2012-10-17',
      Statement: [...statements].map(([condition, arns]) => ({
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: [...arns],
        ...(condition === '""' ? {} : { Condition: JSON.parse(condition) as unknown }),
      })),
    },
    notes: [
      ...fieldNote(reads),
      "a secret with a KMS key of your own needs kms:Decrypt on that key too; AWS's own key needs nothing",
    ],
  }
}

function conditionOf(version: string | undefined, stage: string | undefined): object | undefined {
  if (stage !== undefined) return { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': stage } }
  return version === undefined ? undefined : { StringEquals: { 'secretsmanager:VersionId': version } }
}

function arnOf(name: string, region: string): string {
  // As AWS itself does, an ARN that ends so is taken for one that is complete.
  if (name.startsWith('arn:')) return /-[A-Za-z0-9]{6}$/.test(name) ? name : `${name}-??????`
  return `arn:${partitionOf(region)}:secretsmanager:${region}:<account-id>:secret:${name}-??????`
}

function regionOf(need: Need<AwsSmOptions>, env: Readonly<Record<string, string | undefined>>): string {
  const { region: source } = need.options
  const region = source === undefined ? env['AWS_REGION'] : need.setting('region', source)
  if (region === undefined || region === '') return '<region>'
  return exactly(need, { written: 'the region of the store', path: region }, notARegion)
}

function notARegion(text: string): string | undefined {
  return REGION.test(text) || /^<\w+>$/.test(text) ? undefined : 'it is no region of AWS'
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
