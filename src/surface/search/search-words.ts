/**
 * Cuts texts into words as a search compares them: `listPullRequests`, `list_pull_requests` and "list the pull requests" are the same
 * three. Each in its stem, without words that say nothing; and for a query the words that tools use for the same. Pure.
 */
import { stemmer } from 'stemmer'

/** In the order of the text, each as often as it stands there. */
export function searchWords(text: string): readonly string[] {
  return text
    .normalize('NFKC')
    .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !SILENT.has(word))
    .map((word) => stemmer(word))
}

/** One word that a query asks for, and those that tools use for the same. */
export interface QueryWord {
  readonly word: string
  readonly alike: readonly string[]
}

/** More words say nothing more, and each costs a look at all tools. */
const MAX_WORDS = 32

/** Each once. */
export function queryWords(query: string): readonly QueryWord[] {
  return [...new Set(searchWords(query))]
    .slice(0, MAX_WORDS)
    .map((word) => ({ word, alike: ALIKE.get(word) ?? [] }))
}

const SILENT: ReadonlySet<string> = new Set(
  `a an the this that these those of for to in on at by with from into onto as and or is are was be been do does did it its
  i me my we our you your they their there which what who how when where why can could should would will want need please
  some any all me us about tool tools use using used`.split(/\s+/),
)

/** What is called alike, a line each: by those who ask for a tool, and by those who name one. */
const ALIKES = `
  create add new make open insert start begin init initialize
  create schedule book plan
  delete remove drop erase destroy forget clear
  cancel delete abort stop
  update edit modify change set patch replace
  get read fetch retrieve show view look see display
  list enumerate show all which
  all everything entire whole complete
  search find lookup query look
  send post write publish share
  save write store keep
  save stash
  run execute exec evaluate call
  shell command terminal exec
  javascript js script code
  directory folder dir
  path file document
  picture image screenshot photo
  video movie clip film youtube
  repository repo project
  pr pull
  merge request
  issue ticket bug task
  meeting event appointment
  calendar schedule agenda
  invite invitation attendee respond rsvp
  free busy available availability freebusy
  website url page web site webpage
  link url
  link relate relation connect associate
  internet web online
  sum add plus total
  count number amount many
  size large big bytes storage space long
  rename move
  copy clone duplicate
  comment reply note remark
  message chat text
  diff difference compare changes
  environment env variable
  entity node object
  fact observation
  remember memory knowledge store
  type enter fill input write
  click press tap push button
  choose select pick
  key keyboard
  weather forecast
  address geocode coordinates location
  nearby places near around
  restaurant cafe hotel shop business place
  travel distance route directions trip drive
  altitude elevation height
  pod container resource
  namespace cluster kubernetes
  k8s kubernetes kubectl
  scale replicas size
  restart rollout redeploy
  install deploy
  uninstall remove
  person people user member contact
  author user blame
  collection table
  row record document entry
  field schema column structure property attribute
  database db
  config configuration setting option preference
  slow performance plan explain profile
  history log commits past
  undo revert reset restore back
  recover restore reflog
  last latest recent newest current
  news article headline
  time date now clock
  error failure exception warning
  info information details metadata describe about
  doc documentation help guide manual reference
  summarize summary summarizer digest
  translate translation language
  login auth authenticate sign
  permission access allowed right
  upload attach send
  download fetch get
  export dump save download
  import load upload
  email mail
  check verify test validate status
  approve accept confirm
  review feedback
  pick select cherry
  wait sleep until
  tab window
  theme color dark light scheme
  compress zip gzip archive
  echo repeat return`

const ALIKE: ReadonlyMap<string, readonly string[]> = alike(ALIKES.trim().split('\n'))

function alike(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>()
  for (const line of lines) {
    const words = line
      .trim()
      .split(/\s+/)
      .map((word) => stemmer(word))
    for (const word of words)
      all.set(word, [...(all.get(word) ?? []), ...words.filter((other) => other !== word)])
  }
  return all
}
