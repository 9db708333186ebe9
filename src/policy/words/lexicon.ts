/**
 * The words in tools' names and their meaning, as data: words that read, change, destroy, or run what they are given.
 * All in lower case and in their base form; inflections are found in words.ts. Plain ASCII: other letters may only
 * look like the ones they seem to be, so a name with them says nothing.
 */

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Verbs that leave all as it is. */
export const READING = set(`
  get list search read find fetch query show describe view lookup count check inspect browse explain summarize
  summarise analyze analyse compare diff preview peek poll tail head stat validate verify retrieve scan resolve
  calculate compute convert translate extract crawl scrape parse research ask reason lint estimate detect suggest
  recommend rank filter measure trace ping echo whoami whois identify recognize decode encode geocode wait grep
  recall assess review audit discover enumerate locate look who what where when which why how predict forecast render visualize plot generate take
  capture select map open think sequentialthinking`)

/** Verbs that read only with one of these behind them, somewhere: `take_screenshot`, `generate_pie_chart`. */
export const READING_WITH: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['take', set('screenshot snapshot picture photo')],
  ['capture', set('screenshot snapshot screen')],
  [
    'generate',
    set('chart graph diagram plot map histogram summary preview link report spreadsheet statistics'),
  ],
  ['select', set('rows records from where')],
  ['map', set('site website url urls page pages')],
  ['review', set('code diff changes file files')],
  ['open', set('node nodes')],
  [
    'resolve',
    set('id ids name names library path url reference references dns host hostname address symbol'),
  ],
])

/** Verbs that read, but not with one of these behind them: `extract_zip` leaves files, `ping_user` speaks to somebody. */
export const READING_WITHOUT: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['extract', set('zip archive archives tar rar all files folder')],
  ['resolve', set('conflict conflicts thread comment issue ticket alert incident')],
  ['generate', set('share deployment invite upload')],
  ['identify', set('user users person')],
  ['head', set('reset')],
  ['ping', set('user users everyone channel team group')],
  ['filter', set('branch repo repository history')],
  ['convert', set('file files disk inplace lead leads')],
  ['rank', set('issue issues')],
  ['translate', set('file files inplace')],
  ['decode', set('file files disk')],
  ['echo', set('file files disk')],
])

/** Nouns that a reading tool is often called by, with no verb before: `directory_tree`, `git_status`. */
export const READINGS = set(`
  status state info information detail details summary overview list listing tree schema schemas structure stat stats
  statistics metric metrics usage size count log logs history messages request requests response responses
  events error errors result results doc docs documentation help instruction instructions guide version versions
  health uptime snapshot screenshot diff blame reflog graph matrix names type types format formats metadata property
  properties capabilities weather forecast time date price prices rate rates quote quotes news suggestion suggestions
  direction directions elevation distance location index indexes checks indices chart template templates example examples
  reading balance profile profiles member members map maps check view scan
  audit trace rank test research poll tail head estimate preview replies symbols definition about healthcheck
  diagnostics`)

/** What those may be of: a name of other words that ends in one may begin with a verb that is not known here. */
export const SUBJECTS = set(`
  access account accounts address agent ai air airbnb airport airtable alert alerts algolia alpaca amazon analytics
  anthropic app apps arxiv asana asset assets auth aws azure bank bigquery binance bing bitbucket bitcoin board bot
  branch brave browser bucket cache calendar campaign card cat category cell channel chart chat chrome city class
  clickhouse client cloud cloudflare cluster code coin coinbase coingecko collection column community company
  component configuration confluence connection console container context contract conversation conversations core
  country cpu credit crypto custom currency customer daily dashboard data database databricks datadog dataset datasource date
  db default deployment design developer device dir directory discord disk dns docker document documents domain duckdb
  duckduckgo elastic elasticsearch email entity env environment epic error exa facebook feed field figma file
  filesystem finance firebase firecrawl flight folder football forecast forum function funding game gas gcp general
  geo git github gitlab global gmail google gpu grafana group hackernews hardware helm host hotel hourly hubspot
  huggingface id image incident influxdb instagram instance interface inventory ip issue item jira job k kafka kagi
  keyword kibana klaviyo knowledge kubernetes kv lab language latest library lighthouse line linear linkedin linux
  local machine mailchimp map maps markdown market mcp media memory mention metabase model mongo mongodb monitor month
  movie music my namespace neon network news node notion npm object obsidian okta openai openapi organization package
  pagerduty paper payment paypal performance perplexity photo pinecone pipeline place places plaid platform playlist
  playwright plugin pod podcast podman port position postgres posthog prisma product profile project prometheus prompt
  puppeteer pypi qdrant query r rag railway recipe record reddit redis region registry repo repository resource
  revenue review role room root row rss runtime sales salesforce schema score search searxng security selenium sensor
  sentry serper server service session shopify site sitemap slack snowflake song source space sports spotify sqlite
  stack station stock stocks storage store strava stream stripe subscription supabase support symbol system table
  tables target tavily team teams telegram tenant thread ticket tickets tide tiktok tmdb todoist token tool tools
  topic torrent traffic transit trello twilio twitter unit unix url usage user users vector vercel video virtual
  volume wallet weather web webpage website wiki wikipedia wind window windows wordpress work workflow workspace yahoo
  year youtube zapier zendesk zoom`)

export const CONJUNCTIONS = set('and or then plus und oder y o et ou e i ve')

/** Behind a verb these make another one of it: `check_out`, `clean_up`. */
export const PARTICLES = set('in out off down away')

/** What is gone afterwards, or runs what it is given. */
export const DESTROYING = set(`
  delete del delall remove rm rmdir rmfile rmr rmrf unlink drop destroy erase purge prune truncate trunc wipe shred
  overwrite discard expunge obliterate kill killall pkill terminate uninstall revoke exec execute eval evaluate shell
  sudo bash powershell cmd clean cleanup cleanse empty flushall flushdb decommission teardown poweroff halt nuke zap
  annihilate eradicate rid scrub reset format mkfs dd invalidate clobber deprovision
  loeschen loesche entfernen entferne vernichten leeren borrar borra eliminar elimina supprimer supprime effacer efface
  vider detruire detruis cancellare cancella rimuovere rimuovi svuotare apagar apaga excluir exclui remover deletar
  verwijderen verwijder wissen usun usunac usuwanie skasuj smazat smaz odstranit slett slette radera poista tyhjenna
  sil silme kaldir hapus xoa sterge udalit udali ochistit shanchu shanjian sakujo saakjo`)

/** Verbs of a change that can be taken back, or adds to what is there. */
export const CHANGING = set(`
  abort accept ack acknowledge activate add adjust allocate alter append apply approve assign attach authorise authorize autofix bet boost bump buy cancel chgrp
  chmod chown clear click clone compose configure consume create deactivate deallocate decline decrement delegate
  demote deny deploy deregister detach disable disconnect dismiss dispatch edit elevate enable enqueue emulate
  dequeue escalate evict exfiltrate fill fix handle hide hover impersonate increment inject insert install instantiate
  interact invoke kick login logout make manage migrate mkdir mkfile modify move mute mutate mv nack navigate notify
  pause pay payout persist pop prepend press promote provision publish put quarantine reassign reboot rebase rebuild reconnect
  receive recreate redeploy register reinstall reject remount rename reopen reorder repair replace rerun resend reserve resize restart
  respond restore resume retire revert rewrite rollback rollout rotate save scale sell send sendmail setup shutdown
  simulate spawn stop submit subscribe suspend swap sync synchronise synchronize toggle transmit tweak tweet unacknowledge unarchive
  unassign unban unblock undeploy undo unfollow unlike unlock unmute unpin unpublish unregister unset unshare unstash
  unsubscribe unsuspend untag update vacuum upsert whitelist withdraw write rw wrapup drag cherry checkout
  generate take capture select review resolve end
  schreiben schreibe anlegen aendern aendere senden sende ersetzen erstellen escribir crear cambiar actualizar enviar lanzar lancer ejecutar
  envia ecrire creer modifier envoyer envoie scrivere creare modificare inviare escrever criar alterar atualizar
  zapisz utworz wyslij`)

/** Of these a server's own word that they destroy is believed: they put something in the place of what was there. */
export const REPLACING = set(`
  write put replace restore apply import rollback revert rewrite migrate sync synchronize synchronise interact manage
  scale scrub upload provision`)

/** Verbs that are nouns at least as often; behind a reading verb or another noun they are taken for nouns. */
export const NOUNS_TOO = set(`
  archive backup ban block book broadcast build burn call change charge close comment commit connect copy cp down download drain
  duplicate email export fire flag flush follow fork forward grant import index invite launch like link lock log mail mark merge
  message mint open order paste patch pin post pull purchase push queue react record refund release reply report request retry run schedule
  seed set share sign spend star start stash store switch tag touch track trade transfer transform trash trigger turn type up upgrade
  downgrade upload vote watch wire force checkout reset format wrapup`)

/** Of a prompt they say what the text that it makes is about: the model is told to write, fix or plan something. */
export const COMPOSING = set(`
  write create compose make fix autofix generate edit add update handle review manage setup configure build apply
  modify rewrite repair migrate design select resolve change commit comment reply report release document track respond
  merge open close link order record push pull refund connect call transform format wrapup`)

/** Where statements are run. */
export const DATABASES = set(`
  athena bigquery cassandra clickhouse cosmos database databases databricks db duckdb dynamodb graphql influx influxdb
  jdbc mariadb mongo mongodb mssql mysql neo odbc oracle pg postgres postgresql presto redis redshift snowflake spanner
  sql sqlite sqlserver supabase surrealdb trino`)

/** Programs and places that do what they are told. */
export const RUNNING = set(`
  apt command commands terminal ssh scp sftp telnet kubectl terraform ansible psql mysql sqlite sql graphql script
  scripts curl wget rpc subprocess repl sandbox interpreter`)

/** Methods of HTTP that change; behind `fetch`, `request` or `call` they are no nouns. */
export const METHODS = set('post put patch delete')
export const REQUESTING = set('fetch request http https api call send curl url rest')

/** Names of tools that run what stands in an argument, as far as there is one that takes such a thing. */
export const GIVEN = set(`
  query sql run execute exec fetch request call aggregate aggregation invoke eval evaluate script command http rest
  api graphql statement pipeline`)

/** Behind `generate`, `get` or `create`: what lets somebody in. */
export const KEYS = set('key keys token tokens password passwords credential credentials certificate account')

/** Long enough to be recognised inside a word that was written without separators (`deletefile`). */
export const EMBEDDED: readonly string[] = [...DESTROYING, ...CHANGING].filter((word) => word.length >= 6)
export const EMBEDDED_FIRST: readonly string[] = [
  'exec',
  'send',
  'kill',
  'write',
  'erase',
  'purge',
  'drop',
  'eval',
  'flush',
  'trunc',
]

/** They only look like one of the above. */
export const HARMLESS = set(`
  setting settings typing typescript sender senders sendgrid killer writer writers dropbox dropdown dropdowns droplet
  droplets executive executives execution executions evaluation evaluations evaluator formats formatted formatting
  installation installations consumer consumers receiver receivers`)
