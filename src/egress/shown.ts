/**
 * Finds at which ports an entry shows a host, so that nobody has to say twice where a database is: addresses such as
 * `postgres://user@db.example.com/app`, `host:port`, and pairs such as PGHOST and PGPORT or --host and --port. Pure.
 */
import type { HostRule, NetworkRules } from '../confine/network.ts'
import { hostRule } from '../confine/network.ts'
import type { Destination } from './interceptor.ts'
import { isNamedBy } from './names.ts'

export interface ShownLaunch {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Names of those variables that the entry declares. */
  readonly declared: readonly string[]
}

/** Of addresses and variables that name none. */
const USUAL_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  ws: 80,
  https: 443,
  wss: 443,
  postgres: 5432,
  postgresql: 5432,
  pg: 5432,
  mysql: 3306,
  mariadb: 3306,
  redis: 6379,
  rediss: 6379,
  valkey: 6379,
  mongodb: 27_017,
  mongo: 27_017,
  amqp: 5672,
  amqps: 5671,
  nats: 4222,
  mqtt: 1883,
  mqtts: 8883,
  clickhouse: 8123,
  elasticsearch: 9200,
  neo4j: 7687,
  bolt: 7687,
  mssql: 1433,
  sqlserver: 1433,
  ssh: 22,
  smtp: 25,
  ldap: 389,
  ldaps: 636,
}
/** Of a host that a rule names without a port. */
const WEB_PORTS = [443, 80]
const MOST_SHOWN = 256
const MAX_TEXT = 8192

export function shownBy({ args, env, declared }: ShownLaunch): readonly Destination[] {
  const texts = [...args, ...declared.map((name) => env[name] ?? '')].map((text) => text.slice(0, MAX_TEXT))
  const found = [...texts.flatMap(inText), ...pairsOf(variables(env, declared)), ...pairsOf(flags(args))]
  return found.slice(0, MOST_SHOWN)
}

/** Each host with its ports: those that a rule names, else the usual ones and those that the entry shows. */
export function withPorts(rules: NetworkRules, shown: readonly Destination[]): NetworkRules {
  if (rules.kind !== 'named') return rules
  return { kind: 'named', hosts: rules.hosts.map((rule) => filled(rule, shown)) }
}

function filled(rule: HostRule, shown: readonly Destination[]): HostRule {
  if (rule.ports.length > 0) return rule
  const ports = shown.flatMap((one) => (isNamedBy(rule, one) ? one.port : []))
  return { ...rule, ports: [...new Set([...(rule.host === 'localhost' ? [] : WEB_PORTS), ...ports])] }
}

const ADDRESS = /\b([a-z][a-z0-9+.-]*):\/\/(?:[^\s/?#@]*@)?([^\s/?#"'`]+)/gi
const PAIR = /(?<![\w.@:/-])((?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\]):(\d{1,5})(?![\w.:])/gi

function inText(text: string): Destination[] {
  const addresses = [...text.matchAll(ADDRESS)].flatMap(([, scheme = '', authority = '']) =>
    // Some databases are at several places.
    authority.split(',').flatMap((place) => destination(place, usualPort(scheme))),
  )
  const pairs = [...text.replaceAll(ADDRESS, ' ').matchAll(PAIR)].flatMap(([place]) => destination(place))
  return [...addresses, ...pairs]
}

function destination(place: string, usual?: number): Destination[] {
  const rule = hostRule(place)
  const port = rule?.ports[0] ?? usual
  return rule === undefined || port === undefined || rule.ports.length > 1 ? [] : [{ host: rule.host, port }]
}

/** `postgresql+asyncpg`, `mongodb+srv`. */
function usualPort(scheme: string): number | undefined {
  const [name = ''] = scheme.toLowerCase().split('+')
  return Object.hasOwn(USUAL_PORTS, name) ? USUAL_PORTS[name] : undefined
}

type Named = ReadonlyMap<string, string>

function variables(env: ShownLaunch['env'], declared: readonly string[]): Named {
  return new Map(declared.map((name) => [name.toUpperCase(), env[name] ?? '']))
}

/** `--db-host localhost` and `--db-host=localhost`, as DB_HOST. */
function flags(args: readonly string[]): Named {
  return new Map(
    args.flatMap((arg, at) => {
      const [, name, value = args[at + 1] ?? ''] = /^--?([a-z][\w-]*)(?:=(.*))?$/is.exec(arg) ?? []
      return name === undefined ? [] : [[name.toUpperCase().replaceAll('-', '_'), value] as const]
    }),
  )
}

function pairsOf(named: Named): Destination[] {
  return [...named].flatMap(([name, value]) => {
    const [, before] = /^(.*?)_?(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$/.exec(name) ?? []
    if (before === undefined) return []
    const port = named.get(`${before}_PORT`) ?? named.get(`${before}PORT`)
    const usual =
      port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : usualPort(before.split('_')[0] ?? '')
    return destination(value, usual)
  })
}
