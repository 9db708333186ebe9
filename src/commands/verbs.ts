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
    options: { ...CHOICE, ...LOG },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) =>
      (await import('./serve.ts')).serve({ ...choice(values), logLevel: logLevel(values, io, 'info') }, io),
  },
  check: {
    options: { ...CHOICE, ...JSON_OPTION },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) =>
      (await import('./check.ts')).check({ ...choice(values), json: values['json'] === true }, io),
  },
  tools: {
    options: {
      ...CHOICE,
      ...LOG,
      ...JSON_OPTION,
      suggest: { type: 'boolean' },
      accept: { type: 'string' },
      explain: { type: 'string' },
      args: { type: 'string' },
    },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) => {
      const { explain, ...rest } = texts(values, 'explain', 'accept', 'args')
      const { accept, args } = rest
      const suggest = values['suggest'] === true
      const common = {
        ...choice(values),
        json: values['json'] === true,
        logLevel: logLevel(values, io, 'error'),
      }
      if (explain !== undefined && (suggest || accept !== undefined))
        throw usage('--explain stands alone', 'leave --suggest and --accept for a command of their own')
      if (explain !== undefined)
        return (await import('./explain.ts')).explainTool({ ...common, ...rest, which: explain }, io)
      if (args !== undefined)
        throw usage('--args belongs to --explain', 'run "sidemux tools --explain SERVER/TOOL --args JSON"')
      return (await import('./tools.ts')).tools({ ...common, ...rest, suggest }, io)
    },
  },
  call: {
    options: { ...CHOICE, ...LOG, ...JSON_OPTION, args: { type: 'string' } },
    positionals: { min: 2, max: 2, words: 'SERVER and TOOL' },
    run: async (values, [server = '', tool = ''], io) =>
      (await import('./call.ts')).call(
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
      return (await import('./login.ts')).login(server, choice(values), io)
    },
  },
  logout: {
    options: CHOICE,
    positionals: { min: 1, max: 1, words: 'SERVER' },
    run: async (values, [server = ''], io) =>
      (await import('./logout.ts')).logout(server, choice(values), io),
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
      return (await import('./policy.ts')).policyTest(
        { ...choice(values), json: values['json'] === true, file },
        io,
      )
    },
  },
  audit: {
    options: { ...CONFIG, ...JSON_OPTION, limit: { type: 'string' }, follow: { type: 'boolean' } },
    positionals: { min: 0, max: 1, words: 'verify, show or tail' },
    run: async (values, [action = 'verify'], io) => {
      if (action !== 'verify' && action !== 'show' && action !== 'tail')
        throw usage(`there is no "audit ${action}"`, 'run "sidemux audit verify", "show" or "tail"')
      const { limit } = texts(values, 'limit')
      if (limit !== undefined && !/^[1-9]\d{0,6}$/.test(limit))
        throw usage('--limit is not a number', 'write for example --limit 50')
      return (await import('./audit.ts')).audit(
        action,
        {
          stateDir: stateDir(io.env),
          json: values['json'] === true,
          follow: values['follow'] === true,
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        },
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
