/** The verbs: which options and words each takes. Each is loaded when it is asked for, so that `serve` doesn't pay for the others. */
import { stateDir } from '../state/directory.ts'
import type { Io } from './io.ts'
import {
  CHOICE,
  choice,
  CONFIG,
  JSON_OPTION,
  LOG,
  logLevel,
  surfaceChoice,
  texts,
  usage,
  type Options,
  type Values,
} from './options.ts'

export interface Verb {
  readonly options: Options
  /** What may stand beside the options. */
  readonly positionals: { readonly min: number; readonly max: number; readonly words?: string }
  run(values: Values, positionals: readonly string[], io: Io): Promise<number>
}

export const VERBS: Readonly<Record<string, Verb>> = {
  serve: {
    options: { ...CHOICE, ...LOG, surface: { type: 'string' }, frozen: { type: 'boolean' } },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) =>
      (await import('./first-answer.ts')).serveHostSoon(
        {
          ...choice(values),
          ...surfaceChoice(values),
          ...(values['frozen'] === true && { frozen: true }),
          logLevel: logLevel(values, io, 'info'),
        },
        io,
      ),
  },
  check: {
    options: { ...CHOICE, ...JSON_OPTION },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) =>
      (await import('./check.ts')).checkConfig({ ...choice(values), json: values['json'] === true }, io),
  },
  tools: {
    options: {
      ...CHOICE,
      ...LOG,
      ...JSON_OPTION,
      suggest: { type: 'boolean' },
      tokens: { type: 'boolean' },
      explain: { type: 'string' },
      args: { type: 'string' },
    },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) => {
      const { explain, ...rest } = texts(values, 'explain', 'args')
      const { args } = rest
      const suggest = values['suggest'] === true
      const common = {
        ...choice(values),
        json: values['json'] === true,
        logLevel: logLevel(values, io, 'error'),
      }
      const tokens = values['tokens'] === true
      if (tokens && suggest) throw usage('--tokens and --suggest are two things', 'leave one of them out')
      if (explain !== undefined && (suggest || tokens))
        throw usage('--explain stands alone', 'leave the other options for a command of their own')
      if (explain !== undefined)
        return (await import('./explain/explain.ts')).explainTool({ ...common, ...rest, which: explain }, io)
      if (args !== undefined)
        throw usage('--args belongs to --explain', 'run "sidemux tools --explain SERVER/TOOL --args JSON"')
      return (await import('./tools/tools.ts')).tools({ ...common, ...rest, suggest, tokens }, io)
    },
  },
  call: {
    options: { ...CHOICE, ...LOG, ...JSON_OPTION, args: { type: 'string' } },
    positionals: { min: 2, max: 2, words: 'SERVER and TOOL' },
    run: async (values, [server = '', tool = ''], io) =>
      (await import('./call/call.ts')).call(
        {
          ...choice(values),
          ...texts(values, 'args'),
          server,
          tool,
          json: values['json'] === true,
          logLevel: logLevel(values, io, 'error'),
        },
        io,
      ),
  },
  pin: {
    options: {
      ...CHOICE,
      ...LOG,
      ...JSON_OPTION,
      accept: { type: 'string', multiple: true },
      all: { type: 'boolean' },
    },
    positionals: { min: 0, max: 1000, words: 'SERVER' },
    run: async (values, [server, ...more], io) => {
      const all = values['all'] === true
      const given = Array.isArray(values['accept']) ? values['accept'].map(String) : []
      if (more.length > 0 && given.length === 0)
        throw usage(
          '"pin" is followed by one SERVER, or by none',
          `run "sidemux pin ${server} --accept NAME…"`,
        )
      if (given.length > 0 && server === undefined)
        throw usage('--accept needs the SERVER', 'run "sidemux pin SERVER --accept NAME…"')
      if (given.length > 0 && all) throw usage('--accept and --all are two things', 'leave one of them out')
      return (await import('./pin/pin.ts')).pin(
        {
          ...choice(values),
          ...(server !== undefined && { server }),
          accept: [...given, ...more],
          all,
          json: values['json'] === true,
          logLevel: logLevel(values, io, 'error'),
        },
        io,
      )
    },
  },
  trust: {
    options: { ...CHOICE, ...LOG, ...JSON_OPTION, revoke: { type: 'boolean' } },
    positionals: { min: 0, max: 100, words: 'SERVER…' },
    run: async (values, servers, io) =>
      (await import('./trust/trust.ts')).trust(
        {
          ...choice(values),
          servers,
          revoke: values['revoke'] === true,
          json: values['json'] === true,
          logLevel: logLevel(values, io, 'error'),
        },
        io,
      ),
  },
  update: {
    options: { ...CHOICE, ...JSON_OPTION },
    positionals: { min: 0, max: 100, words: 'SERVER…' },
    run: async (values, servers, io) =>
      (await import('./update/update.ts')).update(
        { ...choice(values), servers, json: values['json'] === true },
        io,
      ),
  },
  login: {
    options: { ...CHOICE, ...JSON_OPTION, status: { type: 'boolean' } },
    positionals: { min: 0, max: 1, words: 'SERVER' },
    run: async (values, [server], io) => {
      if (values['status'] === true) {
        if (server !== undefined) throw usage('--status is of every server', 'run "sidemux login --status"')
        const { status } = await import('./login/status.ts')
        return status({ ...choice(values), json: values['json'] === true }, io)
      }
      if (server === undefined)
        throw usage('"login" is followed by SERVER', 'run "sidemux login --status" to see the servers')
      if (values['json'] === true) throw usage('--json belongs to --status', 'run "sidemux login --help"')
      return (await import('./login/login.ts')).login(server, choice(values), io)
    },
  },
  logout: {
    options: CHOICE,
    positionals: { min: 1, max: 1, words: 'SERVER' },
    run: async (values, [server = ''], io) =>
      (await import('./login/logout.ts')).logout(server, choice(values), io),
  },
  approvals: {
    options: { ...CONFIG, ...JSON_OPTION, watch: { type: 'boolean' } },
    // approvals/dispatch.ts says more exactly which.
    positionals: { min: 0, max: 100, words: 'list, approve, deny, revoke or page' },
    run: async (values, words, io) =>
      (await import('./approvals/dispatch.ts')).approvals(
        words,
        { ...choice(values), json: values['json'] === true, watch: values['watch'] === true },
        io,
      ),
  },
  policy: {
    options: { ...CHOICE, ...JSON_OPTION },
    positionals: { min: 2, max: 2, words: 'test FILE.jsonl' },
    run: async (values, [action = '', file = ''], io) => {
      if (action !== 'test')
        throw usage('there is no such "policy" command', 'run "sidemux policy test FILE.jsonl"')
      return (await import('./policy/policy.ts')).policyTest(
        { ...choice(values), json: values['json'] === true, file },
        io,
      )
    },
  },
  audit: {
    options: {
      ...CONFIG,
      ...JSON_OPTION,
      limit: { type: 'string' },
      follow: { type: 'boolean', short: 'f' },
      journal: { type: 'boolean' },
      since: { type: 'string' },
      until: { type: 'string' },
      server: { type: 'string' },
      tool: { type: 'string' },
      host: { type: 'string' },
      outcome: { type: 'string' },
      grep: { type: 'string' },
    },
    positionals: { min: 0, max: 1, words: 'verify, show or tail' },
    run: async (values, [action = 'verify'], io) => {
      if (action !== 'verify' && action !== 'show' && action !== 'tail')
        throw usage(`there is no "audit ${action}"`, 'run "sidemux audit verify", "show" or "tail"')
      const { auditVerbOptions } = await import('./audit/options.ts')
      const options = auditVerbOptions(action, values, { stateDir: stateDir(io.env), now: Date.now() })
      return (await import('./audit/audit.ts')).audit(action, options, io)
    },
  },
  sandbox: {
    options: { ...CHOICE, ...JSON_OPTION, try: { type: 'boolean' } },
    positionals: { min: 1, max: 1000, words: 'SERVER' },
    run: async (values, [server = '', ...command], io) => {
      const isTried = values['try'] === true
      if (command.length > 0 && !isTried)
        throw usage('a command belongs to --try', `run "sidemux sandbox ${server} --try -- ${command[0]}"`)
      if (isTried && values['json'] === true)
        throw usage('--json and --try are two things', 'leave one of them out')
      return (await import('./sandbox/sandbox.ts')).sandbox(
        {
          ...choice(values),
          server,
          json: values['json'] === true,
          ...(isTried && { attempt: command }),
        },
        io,
      )
    },
  },
  logs: {
    options: {
      ...CONFIG,
      ...JSON_OPTION,
      follow: { type: 'boolean', short: 'f' },
      since: { type: 'string' },
      lines: { type: 'string', short: 'n' },
      level: { type: 'string' },
    },
    positionals: { min: 0, max: 1, words: 'at most one SERVER' },
    run: async (values, [server], io) => {
      const { logsOptions } = await import('./logs/options.ts')
      const options = logsOptions(values, {
        stateDir: stateDir(io.env),
        choice: choice(values),
        now: Date.now(),
      })
      return (await import('./logs/logs.ts')).logs(
        { ...options, ...(server !== undefined && { server }) },
        io,
      )
    },
  },
  secrets: {
    options: {
      ...CHOICE,
      ...JSON_OPTION,
      to: { type: 'string' },
      write: { type: 'boolean' },
      backend: { type: 'string' },
      format: { type: 'string' },
      server: { type: 'string' },
    },
    // dispatch.ts says more exactly which, without repeating a word that could be a value.
    positionals: { min: 0, max: 100, words: 'check, set, get-info, delete, list, migrate or policy' },
    run: async (values, words, io) =>
      (await import('./secrets/dispatch.ts')).secrets(
        words,
        {
          ...choice(values),
          ...texts(values, 'to', 'backend', 'format', 'server'),
          json: values['json'] === true,
          write: values['write'] === true,
        },
        io,
      ),
  },
}
