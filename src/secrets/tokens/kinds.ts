/**
 * Formats of tokens that secretlint's preset has not, or knows only in part, as data: what people call it, the form, and
 * who says so. Each form begins with what only its issuer writes; what is mere letters and digits (an account's
 * password, a UUID, a digest) is none, and only a name beside it tells (argument.ts). Every repetition is bounded, and
 * ends where the text stops to look like the token, so that a longer one is found as a whole.
 */

export interface Kind {
  /** "a Stripe key". */
  readonly what: string
  /** A regular expression; a group called `secret` is the part that counts. */
  readonly form: string
  /** The issuer's page, or the rule of gitleaks (config/gitleaks.toml) that has it from there. */
  readonly source: string
}

const HEX = '[0-9a-fA-F]'
const WORD = '[A-Za-z0-9_-]'
const ALNUM = '[A-Za-z0-9]'
/** Where the first letters could as well be the end of a name. */
const ALONE = String.raw`(?<=^|[^A-Za-z0-9_.-]|%[0-9A-Fa-f]{2}|\\[nrtbf])`
const UUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`

const rows: readonly (readonly [what: string, form: string, source: string])[] = [
  // Where code is kept and built.
  [
    'a GitHub token',
    `gh[pousr]_${ALNUM}[A-Za-z0-9_.-]{35,1023}`,
    'docs.github.com: token formats, ghs_ of 2026 is longer',
  ],
  ['a GitHub token', `github_pat_[A-Za-z0-9_]{60,255}`, 'docs.github.com: fine-grained tokens'],
  [
    'a GitLab token',
    `gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_.-]{20,300}`,
    'docs.gitlab.com/security/tokens',
  ],
  ['a GitLab token', `GR1348941${WORD}{20,50}`, 'docs.gitlab.com/security/tokens'],
  ['a Bitbucket token', `ATBB${ALNUM}{20,64}`, 'support.atlassian.com: app passwords'],
  ['an Atlassian token', `AT[AC]TT3[A-Za-z0-9_=-]{60,400}`, 'gitleaks: atlassian-api-token'],
  ['an npm token', `npm_${ALNUM}{36,80}`, 'docs.npmjs.com/about-access-tokens'],
  ['a PyPI token', `pypi-Ag[A-Za-z0-9_-]{40,2000}`, 'pypi.org/help#apitoken'],
  ['a RubyGems key', `rubygems_${HEX}{48}`, 'gitleaks: rubygems-api-token'],
  ['a crates.io token', `cio${ALNUM}{32}(?!${ALNUM})`, 'github.com/rust-lang/crates.io: token.rs'],
  ['a NuGet key', `oy2[a-z2-7]{43}(?!${ALNUM})`, 'learn.microsoft.com/nuget'],
  ['a Docker token', `dckr_(?:pat|oat)_${WORD}{24,200}`, 'docs.docker.com: access tokens'],
  ['an Artifactory key', `(?:AKCp|cmVmdGtu)${ALNUM}{50,200}`, 'gitleaks: artifactory-api-key'],
  ['a Buildkite token', `bk[ua]a_${ALNUM}{32,64}`, 'buildkite.com/docs/apis'],
  ['a Sourcegraph token', `sgp_(?:[A-Za-z0-9]+_)?${HEX}{40}`, 'gitleaks: sourcegraph-access-token'],
  ['a Sonar token', `sq[upa]_${HEX}{40}`, 'gitleaks: sonar-api-token'],
  // Clouds.
  [
    'an AWS access key id',
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    'docs.aws.amazon.com: IAM identifiers',
  ],
  [
    'an AWS Bedrock key',
    `(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{60,2000}={0,2}`,
    'docs.aws.amazon.com/bedrock: API keys',
  ],
  ['a Google API key', `AIza${WORD}{35,60}`, 'cloud.google.com/docs/authentication/api-keys'],
  [
    'a Google OAuth client secret',
    `GOCSPX-${WORD}{20,60}`,
    'developers.google.com/identity/protocols/oauth2',
  ],
  [
    'a Google access token',
    `ya29\\.[A-Za-z0-9_.-]{30,2000}`,
    'developers.google.com/identity/protocols/oauth2',
  ],
  ['a Google refresh token', `1//0${WORD}{40,500}`, 'developers.google.com/identity/protocols/oauth2'],
  [
    'an Azure storage key',
    `(?:AccountKey|SharedAccessKey)=(?<secret>[A-Za-z0-9+/]{40,100}={0,2})`,
    'learn.microsoft.com: connection strings',
  ],
  [
    'an Azure storage key',
    `[A-Za-z0-9+/]{76}\\+ASt[A-Za-z0-9+/]{6}==`,
    'learn.microsoft.com: identifiable keys',
  ],
  [
    'an Azure key',
    `[A-Za-z0-9]{33,52}(?:AzFu|AzSe|AzCa|AIoT|ACDb|AEhS|ASbT|ARmT|AAPIM|ACEU|AZDO|ACOG)[A-Za-z0-9+/=]{5,24}`,
    'learn.microsoft.com: identifiable keys',
  ],
  [
    'an Azure client secret',
    `[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}`,
    'gitleaks: azure-ad-client-secret',
  ],
  [
    'an Azure shared access signature',
    `(?<=[?&;])sig=(?<secret>[A-Za-z0-9%+/]{40,120}=?)`,
    'learn.microsoft.com: SAS',
  ],
  ['a Cloudflare token', `cf(?:ut|at|k)_${ALNUM}{40,80}`, 'developers.cloudflare.com: token formats'],
  ['a Cloudflare origin key', `v1\\.0-${HEX}{24}-${HEX}{146}`, 'gitleaks: cloudflare-origin-ca-key'],
  ['a DigitalOcean token', `do[oprs]_v1_${HEX}{64}`, 'docs.digitalocean.com: tokens'],
  ['a Vercel token', `vc[piark]_${ALNUM}{20,80}`, 'vercel.com/docs: token formats'],
  ['a Netlify token', `nf[puco]_${ALNUM}{36,60}`, 'docs.netlify.com'],
  [
    'a Fly.io token',
    `(?:fo1_${WORD}{43,60}|fm[12][ar]?_[A-Za-z0-9+/=]{80,2000})`,
    'gitleaks: flyio-access-token',
  ],
  ['a Heroku key', `HRKU-(?:AA${WORD}{58}|${UUID})`, 'gitleaks: heroku-api-key-v2'],
  ['an Alibaba access key id', `LTAI${ALNUM}{16,24}(?!${ALNUM})`, 'gitleaks: alibaba-access-key-id'],
  ['a Databricks token', `d(?:api|ose|kea)${HEX}{32}(?:-[0-9])?(?!${ALNUM})`, 'docs.databricks.com: tokens'],
  [
    'a Terraform Cloud token',
    `${ALNUM}{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,70}`,
    'gitleaks: hashicorp-tf-api-token',
  ],
  ['a Pulumi token', `pul-${HEX}{40}`, 'gitleaks: pulumi-api-token'],
  ['a Tailscale key', `tskey-[a-z]+-${ALNUM}{8,32}-${ALNUM}{16,64}`, 'tailscale.com/kb'],
  // Where data and secrets are kept.
  [
    'a Supabase key',
    `(?:sbp_(?:v0_|oauth_)?${HEX}{40}|sb_secret_${WORD}{20,80})`,
    'supabase.com/docs: API keys',
  ],
  ['a Neon key', `napi_${ALNUM}{40,80}`, 'neon.tech/docs: API keys'],
  [
    'a PlanetScale secret',
    `pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}`,
    'gitleaks: planetscale-api-token',
  ],
  [
    'a Doppler token',
    `dp\\.(?:pt|st|ct|sa|said|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?${ALNUM}{40,44}`,
    'docs.doppler.com: token formats',
  ],
  [
    'an Infisical token',
    `st\\.${HEX}{8,64}\\.${HEX}{16,64}\\.${HEX}{16,64}`,
    'gitleaks: infisical-api-token',
  ],
  [
    'an Infisical token',
    `st\\.${UUID}\\.${HEX}{16,64}\\.${HEX}{16,64}`,
    'infisical.com/docs: service tokens',
  ],
  ['a Vault token', `hv[sbr]\\.[A-Za-z0-9_-]{24,300}`, 'developer.hashicorp.com/vault: tokens'],
  [
    'a Vault token',
    `${ALONE}s\\.${ALNUM}{24}(?![A-Za-z0-9.])`,
    'developer.hashicorp.com/vault: tokens before 1.10',
  ],
  [
    'a 1Password service account token',
    `ops_eyJ[A-Za-z0-9+/=_-]{60,2000}`,
    'gitleaks: 1password-service-account-token',
  ],
  [
    'a 1Password secret key',
    `A3-[A-Z0-9]{6}-[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}`,
    'gitleaks: 1password-secret-key',
  ],
  [
    'a Bitwarden access token',
    `0\\.${UUID}\\.${ALNUM}{28,32}:[A-Za-z0-9+/]{22}==`,
    'bitwarden.com/help: access tokens',
  ],
  [
    'an age secret key',
    '(?:AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58,200}|age-secret-key-1[0-9a-z]{58,200})',
    'github.com/C2SP/C2SP: age.md',
  ],
  ['an Airtable token', `pat${ALNUM}{14}\\.${HEX}{64}`, 'gitleaks: airtable-personnal-access-token'],
  ['a Pinecone key', `pcsk_[A-Za-z0-9_]{40,100}`, 'docs.pinecone.io'],
  ['a ClickHouse key', `4b1d${ALNUM}{38}(?!${ALNUM})`, 'gitleaks: clickhouse-cloud-api-secret-key'],
  ['an Apify token', `apify_(?:api|proxy)_${ALNUM}{30,60}`, 'docs.apify.com'],
  // Models.
  [
    'an Anthropic API key',
    `sk-ant-[a-z]{3,10}\\d{2}-[A-Za-z0-9_-]{80,200}`,
    'docs.anthropic.com: api03, admin01, oat01, ort01',
  ],
  [
    'an OpenAI API key',
    `sk-(?:proj|svcacct|admin|service|None)-[A-Za-z0-9_-]{40,300}`,
    'platform.openai.com: project, service and admin keys',
  ],
  ['an OpenAI API key', `sk-${ALNUM}{48}(?!${ALNUM})`, 'platform.openai.com: user keys'],
  ['an OpenRouter key', `sk-or-v1-${HEX}{64}`, 'openrouter.ai/docs'],
  ['a DeepSeek key', `sk-${HEX}{32}(?!${ALNUM})`, 'api-docs.deepseek.com'],
  ['a Hugging Face token', `(?:hf_|api_org_)${ALNUM}{30,60}`, 'huggingface.co/docs/hub/security-tokens'],
  ['a Groq API key', `gsk_${ALNUM}{48,60}`, 'console.groq.com/docs'],
  ['an xAI key', `xai-${ALNUM}{70,90}`, 'docs.x.ai'],
  ['a Perplexity key', `pplx-${ALNUM}{40,64}`, 'gitleaks: perplexity-api-key'],
  ['a Replicate token', `r8_${ALNUM}{37,40}`, 'replicate.com/docs'],
  ['an NVIDIA key', `nvapi-${WORD}{60,80}`, 'docs.nvidia.com/nim'],
  ['a Tavily key', `tvly-[A-Za-z0-9-]{28,64}`, 'docs.tavily.com'],
  ['a Firecrawl key', `${ALONE}fc-${HEX}{32}(?!${ALNUM})`, 'docs.firecrawl.dev'],
  ['a Brave Search key', `BSA${WORD}{27,32}(?!${WORD})`, 'api-dashboard.search.brave.com'],
  ['a Context7 key', `ctx7sk-${UUID}`, 'context7.com/docs'],
  ['an ElevenLabs key', `sk_${HEX}{48}(?!${ALNUM})`, 'elevenlabs.io/docs'],
  ['an E2B key', `e2b_${HEX}{40}`, 'e2b.dev/docs'],
  ['a Browserbase key', `bb_(?:live|test)_${WORD}{20,60}`, 'docs.browserbase.com'],
  ['a LangSmith key', `lsv2_(?:pt|sk)_${HEX}{32}_${HEX}{10}`, 'docs.smith.langchain.com'],
  ['a Langfuse key', `sk-lf-${UUID}`, 'langfuse.com/docs'],
  // Messages, mail and telephones.
  [
    'a Slack token',
    `xox[abceoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{20,400}`,
    'api.slack.com/authentication/token-types',
  ],
  ['a Slack token', `xoxd-[A-Za-z0-9%/+=-]{20,400}`, 'api.slack.com/authentication/token-types'],
  ['a Slack token', `xapp-\\d-[A-Z0-9]+-\\d+-${ALNUM}{20,100}`, 'api.slack.com/authentication/token-types'],
  [
    'a Slack webhook',
    `hooks\\.slack(?:-gov)?\\.com/(?<secret>(?:services|workflows|triggers)/[A-Za-z0-9/_-]{30,120})`,
    'api.slack.com/messaging/webhooks',
  ],
  [
    'a Discord bot token',
    `[MNO][A-Za-z0-9_-]{22,28}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,45}`,
    'discord.com/developers/docs/reference',
  ],
  [
    'a Discord webhook',
    `discord(?:app)?\\.com/api/(?:v\\d+/)?webhooks/(?<secret>\\d{15,22}/${WORD}{40,100})`,
    'discord.com/developers/docs/resources/webhook',
  ],
  [
    'a Teams webhook',
    `webhook\\.office\\.com/webhookb2/(?<secret>[A-Za-z0-9@/-]{80,300})`,
    'gitleaks: microsoft-teams-webhook',
  ],
  [
    'a Telegram bot token',
    `(?:bot)?(?<secret>\\d{8,10}(?::|%3[Aa])AA${WORD}{32,34})(?!${WORD})`,
    'core.telegram.org/bots/api',
  ],
  ['a Twilio key', `SK${HEX}{32}(?!${ALNUM})`, 'twilio.com/docs/iam/api-keys'],
  ['a SendGrid API key', `SG\\.${WORD}{16,32}\\.${WORD}{30,64}`, 'gitleaks: sendgrid-api-token'],
  [
    'a Mailgun key',
    `${ALONE}(?:key-${HEX}{32}|${HEX}{32}-${HEX}{8}-${HEX}{8})(?!${WORD})`,
    'gitleaks: mailgun-private-api-token',
  ],
  ['a Mailchimp key', `${HEX}{32}-us\\d{1,2}(?!${ALNUM})`, 'gitleaks: mailchimp-api-key'],
  ['a Resend key', `${ALONE}re_(?=\\w*\\d)${ALNUM}{8}_${ALNUM}{20,32}`, 'resend.com/docs'],
  ['a Brevo key', `xkeysib-${HEX}{64}-${ALNUM}{16}`, 'gitleaks: sendinblue-api-token'],
  // Work and money.
  ['a Stripe key', `[sr]k_(?:live|test|prod)_${ALNUM}{16,250}`, 'docs.stripe.com/keys'],
  ['a Stripe webhook secret', `whsec_[A-Za-z0-9+/]{24,100}={0,2}`, 'docs.stripe.com/webhooks'],
  [
    'a Square token',
    `(?:sq0(?:atp|csp|idp)-${WORD}{22,60}|EAAA(?!A)${WORD}{56,60}(?![A-Za-z0-9+=_-]))`,
    'developer.squareup.com/docs',
  ],
  ['a Shopify token', `shp(?:at|ca|pa|ss|ua|tka)_${ALNUM}{32,64}`, 'shopify.dev: access tokens'],
  ['a Plaid token', `access-(?:sandbox|development|production)-${UUID}`, 'gitleaks: plaid-api-token'],
  ['a Notion token', `(?:ntn_${ALNUM}{40,60}|secret_${ALNUM}{43})(?!${ALNUM})`, 'developers.notion.com'],
  ['a Linear API key', `lin_(?:api|oauth|wh)_${ALNUM}{32,128}`, 'linear.app/developers'],
  ['a Figma token', `fig[dou]r?_${WORD}{40,200}`, 'figma.com/developers/api'],
  ['a Postman key', `PM(?:AK-${HEX}{24}-${HEX}{34}|AT-${ALNUM}{26,40})`, 'gitleaks: postman-api-token'],
  ['a HubSpot token', `pat-(?:na|eu|ap)\\d-${UUID}`, 'developers.hubspot.com'],
  ['an Asana token', `[012]/\\d{12,20}(?:/\\d{12,20})?:${HEX}{32}`, 'developers.asana.com'],
  ['a ClickUp token', `pk_\\d{5,10}_[A-Z0-9]{32}`, 'clickup.com/api'],
  ['a Typeform token', `tfp_[A-Za-z0-9_.=-]{40,70}`, 'gitleaks: typeform-api-token'],
  ['a Contentful token', `CFPAT-${WORD}{40,64}`, 'contentful.com/developers'],
  [
    'a Zapier address',
    `(?:mcp|actions)\\.zapier\\.com/(?:api/)?mcp/[as]/(?<secret>[A-Za-z0-9+/=_-]{20,300})`,
    'docs.zapier.com/mcp',
  ],
  // What is watched.
  [
    'a Sentry token',
    `sntr(?:ys_eyJ[A-Za-z0-9+/=]{20,500}_[A-Za-z0-9+/]{43}=?|y[ua]_${HEX}{64})`,
    'docs.sentry.io: auth tokens',
  ],
  [
    'a Sentry address',
    `(?<=://)(?<secret>${HEX}{32}(?::${HEX}{32})?)@[A-Za-z0-9.:-]{1,200}/\\d+`,
    'docs.sentry.io: DSN',
  ],
  ['a Grafana token', `(?:glsa_${ALNUM}{32}_${HEX}{8}|glc_[A-Za-z0-9+/=]{32,400})`, 'grafana.com/docs'],
  ['a New Relic key', `NRA[KL]-[A-Z0-9]{27}`, 'gitleaks: new-relic-user-api-key'],
  ['a Dynatrace token', `dt0[a-z]\\d{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}`, 'gitleaks: dynatrace-api-token'],
  ['a PostHog key', `ph[xs]_${ALNUM}{36,64}`, 'posthog.com/docs/api'],
  ['a Mapbox secret token', `sk\\.eyJ[A-Za-z0-9_-]{40,200}\\.${WORD}{20,60}`, 'docs.mapbox.com'],
  // Everybody's.
  [
    'a JSON Web Token',
    `eyJ[A-Za-z0-9_-]{8,4000}\\.ey[A-Za-z0-9_-]{8,8000}\\.[A-Za-z0-9_-]{16,2000}`,
    'RFC 7519',
  ],
  [
    'a private key',
    `-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){20,10000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----`,
    'RFC 7468, RFC 9580',
  ],
  [
    'a PuTTY private key',
    `PuTTY-User-Key-File-\\d:(?:[^P]|P(?!uTTY|rivate-MAC)){40,10000}Private-MAC: ${HEX}{40,64}`,
    'the.earth.li: PPK',
  ],
]

export const KINDS: readonly Kind[] = rows.map(([what, form, source]) => ({ what, form, source }))
