/**
 * Words that everybody writes: in settings, logs, code and talk. As a secret's value such a word protects nothing, and
 * masking it would hide ordinary text. Values of fewer than eight characters are never masked; shorter words stand
 * here because longer values are made of them, as `read-only` is.
 */

const WORDS = `
access account accounts action active address admin administrator agent alert alias allow alpha always analytics any
api app application applications apps archive assets async auth authenticated authentication authorization authorized auto automatic
available backend background backup backups balance base basic batch beta billing bool boolean bot branch browser bucket build builder
business cache canary catalog central certificate change channel check class clean client clients close cloud cluster code collection
command comment common community company complete completed component config configuration connect connected connection console
consumer container content context continue control controller copy core count create created critical cron current custom customer
customers daily dark dashboard data database databases dataset datastore date datetime day debug default defaults delete deleted demo
deploy deployment description desktop dev develop developer development device dictionary digest direct directory disable disabled
discovery disk dispatch distribution dns docker docs document documentation documents domain download draft driver dry duration dynamic
east edge edit editor education elastic elasticsearch email emergency empty enable enabled encrypt encrypted encryption end endpoint
endpoints engine english enterprise entity environment environments error errors event events everyone everything example execute expired
export express extension external factory failed failover failure fallback false fast fatal feature features file files filter finance
finished first flask folder follow follower force format forward foundation frame framework free frontend full function functions future
gateway general generate generic get github gitlab global go google grafana group groups guest handler hardware head header headers health
healthy hello help hidden high history home host hostname hosts http https identity image images import important inactive include index
info information initial input insert inside install instance integer integration interface internal internet interval inventory invoice
invoices issue item items java javascript job jobs json kafka keep kernel kubernetes label language large last latest launch layer leader legacy
level library license light limit limited limits linux list listen live load local localhost location lock log logger logging login logs
long low machine mail mailbox main maintain maintainer maintenance manage management manager manual mariadb market marketing master max maximum
medium member members memory message messages messaging meta metadata metrics middle migrate migration min minimal minimum minute mirror mobile mode
model module modules mongo mongodb monitor monitoring month monthly multi mysql name namespace native network never new next nginx
node none normal north notice notification notifications null number object objects off offline on online only open operation operations
operator optional options oracle order orders organization origin other output outside owner package packages page parent partner password path
patch pause payload payment payments pending performance period permission permissions person personal phone pipeline plain platform plugin
policy pool port portal post postgres postgresql power preferred prefix preprod present preview previous primary private process processing
processor prod product production products profile program progress project projects protected protocol provider proxy public publish
publisher pull push python query queue queues rabbitmq random range rate raw read reader readonly ready realtime record records recovery
redis reference refresh region register registry release reload remote remove replica replication report reporting reports repository
reproduction request requests require required reserved reset resource resources response restart restore restricted result results retry
return review role rollback root router routes row rule rules run runner runtime running safe sales sample sandbox scale schedule scheduled
scheduler schema scheme scope script search second secondary section secure security select send sender sequence server servers service services
session sessions set settings setup severity shadow shared shell short shutdown silent simple single size slow small smtp snapshot software
some something source south space special ssl stable stage staging stand standalone standard standby start started starting state static
status stop stopped storage store stream streaming strict string strong structure subject submit subscribe subscriber subscription success
successful summary supervisor support supported switch sync synchronous system systems table target task tasks team template temporary tenant
test tester testing tests text theme thread time timeout timestamp title tmp tool tools topic total trace tracing tracking traffic train
transaction transactions transfer translation trial trigger true trust type ubuntu uat unknown unlimited unstable update updated upload upper url usage
use user username users utility valid validate validation value values variable verbose version video view viewer visible volume wait
warehouse warn warning warnings watch web webhook webhooks website weekly west windows work worker workers workflow workspace world write
writer yaml year yes zone internal-only assistant customer-service
`

const KNOWN: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ''))

/** Passwords of tutorials and images, which everybody knows and other text is full of. */
const DEFAULTS: ReadonlySet<string> = new Set(
  'changeme changeit password passw0rd password1 password123 letmein1 postgres rootroot root1234 admin123 adminadmin minioadmin rabbitmq example1 testtest test1234 12345678 123456789 1234567890 00000000 11111111 qwertyui'.split(
    ' ',
  ),
)

export function isCommonWord(text: string): boolean {
  return KNOWN.has(text.toLowerCase())
}

/** A password that guards nothing. */
export function isKnownDefault(text: string): boolean {
  return DEFAULTS.has(text.toLowerCase()) || isCommonWord(text)
}
