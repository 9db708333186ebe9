/** The settings of a store that is AWS Secrets Manager. */
import { z } from 'zod'
import { pollOption, prefixOption } from '../shared/options.ts'

export const awsSmOptions = z
  .strictObject({
    type: z
      .literal('aws-sm')
      .describe(
        'AWS Secrets Manager, with the credentials that the AWS CLI would use, SSO profiles included.',
      ),
    region: z.string().optional().describe('Default: $AWS_REGION, else the region of the profile.'),
    profile: z.string().optional().describe('Default: $AWS_PROFILE. {environment} is replaced.'),
    endpoint: z.string().optional().describe('Of a VPC endpoint.'),
    prefix: prefixOption,
    poll: pollOption,
  })
  .describe('AWS Secrets Manager. "${aws:name#json.field}", "${aws:name?stage=AWSPREVIOUS}", "?version=ID".')

export type AwsSmOptions = z.output<typeof awsSmOptions>
