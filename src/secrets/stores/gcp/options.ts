/** The settings of a store that is Google Secret Manager. */
import { z } from 'zod'
import { pollOption, prefixOption } from '../shared/options.ts'

export const gcpSmOptions = z
  .strictObject({
    type: z.literal('gcp-sm').describe('Google Secret Manager, over its HTTPS API.'),
    project: z.string().describe('Project id; {environment} is replaced.'),
    location: z.string().optional().describe('Only for regional secrets, e.g. europe-west3.'),
    auth: z
      .discriminatedUnion('method', [
        z.strictObject({
          method: z
            .literal('key-file')
            .describe('A service-account key, or what `gcloud auth application-default login` wrote.'),
          path: z.string().optional().describe('Default $GOOGLE_APPLICATION_CREDENTIALS.'),
        }),
        z.strictObject({ method: z.literal('metadata').describe('The identity of the Google machine.') }),
        z.strictObject({
          method: z.literal('cli').describe('Whoever `gcloud auth login` logged in.'),
          account: z.string().optional().describe('When there are several.'),
        }),
      ])
      .optional()
      .describe(
        'How sidemux logs in. Default: the file that GOOGLE_APPLICATION_CREDENTIALS names when set, else the gcloud CLI.',
      ),
    siteUrl: z.string().optional().describe('Default https://secretmanager.googleapis.com.'),
    prefix: prefixOption,
    poll: pollOption,
  })
  .describe('Google Secret Manager. "${gcp:name}", "${gcp:name?version=3#json.field}".')

export type GcpSmOptions = z.output<typeof gcpSmOptions>
