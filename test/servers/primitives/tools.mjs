/** The tools of the server that offers everything (offer.mjs), and how it describes them. */
import { elicit, InputNeeded, PNG, roots, sample, text, WAV } from '../../conformance/fixture/wire.mjs'
import { diary } from './diary.mjs'

const LEVELS = ['debug', 'info', 'warning', 'error']
const content = (...blocks) => ({ content: blocks })
const told = (value) => content(text(JSON.stringify(value)))
const string = { type: 'string' }

/** A tool that asks its client, and tells what it was answered. */
const asking = (request) => (_args, context) => told(context.answers({ q: request }).q)

const urlMode = {
  method: 'elicitation/create',
  params: {
    mode: 'url',
    message: 'Please sign in',
    url: 'https://example.com/sign-in?a=1&b=%2F#here',
    elicitationId: 'sign-in-1',
  },
}

const QUESTIONS = {
  form: elicit('What is your name?', { name: string }),
  url: urlMode,
  model: sample('What is the capital of France?'),
  roots: roots(),
}

export const TOOLS = {
  show_plain: ({ who = 'world' }) => content(text(`Hello ${who}`)),
  structured: () => ({
    ...content(text('{"temperature":22.5,"tags":["dry"]}')),
    structuredContent: { temperature: 22.5, tags: ['dry'] },
  }),
  media: () => content({ ...PNG, annotations: { audience: ['user'], priority: 1 } }, WAV),
  resources: () =>
    content(
      { type: 'resource_link', uri: 'test://text', name: 'text', title: 'A text', mimeType: 'text/plain' },
      { type: 'resource', resource: { uri: 'test://blob', mimeType: 'image/png', blob: PNG.data } },
      { type: 'resource_link', uri: 'https://example.com/page', name: 'page' },
    ),
  extra: () => ({ ...content(text('extra')), _meta: { 'example.com/own': { kept: true } }, own: ['kept'] }),
  fails: () => ({ ...content(text('It failed, as it should')), isError: true }),
  told: (_args, { told: facts }) => told(facts),
  diary: () => told(diary),
  /** With a label the result waits for its release. */
  progress: async ({ label }, context) => {
    for (const [at, word] of [
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]) {
      context.progress(at, 3, word)
      await context.pause(10)
    }
    const isHeld = () => label !== undefined && !diary.released.includes(label)
    while (isHeld() && !context.signal.aborted) await context.pause(10)
    return content(text('done'))
  },
  release: ({ label }) => {
    diary.released.push(label)
    return content(text('released'))
  },
  log: async (_args, context) => {
    for (const level of LEVELS) await context.log(level, { at: level })
    return content(text('logged'))
  },
  wait: async ({ label = 'unnamed' }, context) => {
    diary.waiting.push(label)
    await context.pause(60_000)
    if (context.signal.aborted) diary.cancelled.push(label)
    return content(text('waited'))
  },
  grow: async ({ kind }, context) => {
    await context.change(kind)
    return content(text(`${kind} changed`))
  },
  touch: async ({ uri }, context) => {
    await context.updated(uri)
    return content(text(`${uri} updated`))
  },
  'ask-form': asking(QUESTIONS.form),
  'ask-url': asking(QUESTIONS.url),
  'url-done': async (_args, context) => {
    await context.notify('notifications/elicitation/complete', { elicitationId: 'sign-in-1' })
    return content(text('told'))
  },
  'ask-model': asking(QUESTIONS.model),
  'ask-roots': asking(QUESTIONS.roots),
  /** Asks without a look at what its client can do. */
  'ask-rudely': ({ what }, context) => {
    if (context.state === 'asked rudely') return content(text('It was answered'))
    throw new InputNeeded({ q: QUESTIONS[what] }, 'asked rudely')
  },
  'ask-twice': (_args, context) => {
    const first = elicit('First: your name?', { name: string })
    const [, name] = /^named (.*)$/.exec(context.state ?? '') ?? []
    if (name === undefined) {
      const { one } = context.answers({ one: first }, 'started')
      context.ask({ two: elicit('Second: your colour?', { name: string }) }, `named ${one.content.name}`)
    }
    const { two } = context.answers({ two: elicit('Second: your colour?', { name: string }) }, context.state)
    return content(text(`${name} likes ${two.content.name}`))
  },
  'ask-both': (_args, context) =>
    told(context.answers({ name: elicit('Your name?', { name: string }), where: roots() }, 'both')),
}

const TITLED = { type: 'object', properties: { who: { ...string, title: 'Who' } } }
const WEATHER = {
  type: 'object',
  properties: { temperature: { type: 'number' }, tags: { type: 'array', items: string } },
  required: ['temperature'],
}

export const describeTools = (icon, own) =>
  Object.keys(TOOLS).map((name) => ({
    name,
    description: `${name} of everything`,
    inputSchema: { type: 'object' },
    ...(name === 'structured' && { outputSchema: WEATHER }),
    ...(name === 'show_plain' && {
      title: 'Plainly',
      inputSchema: TITLED,
      annotations: { title: 'Plain', readOnlyHint: true, openWorldHint: false },
      icons: [icon],
      _meta: own,
      own: { kept: true },
    }),
  }))
