/**
 * What must hold under every host. A check gets the host and a stage (stage.mjs) and says in words what it saw; it
 * throws with what was wrong. Those of `form` are for hosts that ask by themselves.
 */
import { setTimeout as after } from 'node:timers/promises'
import { FORMS } from './forms.mjs'
import { Screen } from './screen.mjs'

/** Values that stand nowhere else. */
const SHORT = { tool: 'notes_delete_notes', args: { names: ['demo-project-7Q'] } }
const NAMES = Array.from({ length: 9 }, (_, index) => `project-${index + 1}-7Q`)
const MIDDLE = { tool: 'notes_delete_notes', args: { names: NAMES } }
const LINES = Array.from({ length: 40 }, (_, index) => `${index + 1}. what was planned for that week`)
const LONG = {
  tool: 'notes_overwrite_note',
  args: { name: 'plan-7Q', text: [...LINES, 'and the end of it, 9Z'].join('\n') },
}
/** What must be read before the choice. */
const WORDS = new Map([
  [SHORT, ['notes', 'delete_notes', 'demo-project-7Q']],
  [MIDDLE, ['notes', 'delete_notes', ...NAMES]],
  [LONG, ['notes', 'overwrite_note', 'plan-7Q', LINES[20], '9Z']],
])
/** As long as nobody needs to read one line, and any guard against a slip is over. */
const READ_MS = 4000
/** For something that must not happen. */
const NOTHING_MS = 3000

function must(holds, what) {
  if (!holds) throw new Error(what)
}

/** The form with the call in it, where the host has shown one. */
async function formOf(host, stage) {
  const form = FORMS[host.name]
  await form.open(stage.screen)
  const text = await stage.screen.until(form.isThere)
  stage.shoot('asked')
  return form.part(text)
}

/** What stands between a call and its choice. A form that can't show it all is no place for a yes: then the page is asked. */
async function seen(host, stage, call) {
  const form = FORMS[host.name]
  await stage.start('screen', [call])
  await form?.open(stage.screen)
  for (;;) {
    const asked = await stage.place.visitor.question(500)
    if (asked !== undefined) return seenOnPage(form, stage, asked, WORDS.get(call))
    if (form?.isThere.test(stage.screen.text())) break
    await stage.patience('a question')
  }
  stage.shoot('asked')
  const part = form.part(stage.screen.text())
  for (const words of WORDS.get(call))
    must(unbroken(part).includes(unbroken(words)), `${words} is not in the form:\n${part}`)
  return 'in the form'
}

/** Lines end where the screen does. */
function unbroken(text) {
  return text.replaceAll(/\s+/g, '')
}

async function seenOnPage(form, stage, { sidecar, question }, all) {
  stage.shoot('meanwhile')
  must(form?.isThere.test(stage.screen.text()) !== true, 'the page and the form are asked at once')
  const shown = JSON.stringify(question)
  for (const words of all) must(shown.includes(words), `${words} is not on the page`)
  await stage.place.visitor.answer(sidecar, question.id, { answer: 'approve' })
  await stage.answered()
  return `on the page, ${await once(stage)}`
}

async function yesInForm(host, stage) {
  await stage.start('screen', [SHORT])
  await formOf(host, stage)
  await after(READ_MS)
  await FORMS[host.name].approve(stage.screen)
  await stage.answered()
  stage.shoot('afterwards')
  return once(stage)
}

async function once({ place }) {
  await after(NOTHING_MS)
  const runs = place.runs()
  must(runs.length === 1, `it ran ${runs.length} times`)
  return 'ran once'
}

/** Of a host without a person before it, where nobody but the page is left. */
async function declines(host, stage) {
  await stage.start('print', [SHORT])
  const asked = await stage.place.visitor.question(30_000)
  must(asked !== undefined, `the page was not asked: ${JSON.stringify(stage.model.results)}`)
  must(stage.place.runs().length === 0, 'it ran before anybody was asked')
  await stage.place.visitor.answer(asked.sidecar, asked.question.id, { answer: 'approve' })
  await stage.answered()
  stage.shoot('afterwards')
  const told = await once(stage)
  const records = stage.place.audit().filter(({ type }) => type === 'approval')
  const phases = (channel) => records.flatMap((one) => (one.channel === channel ? [one.phase] : []))
  const own = FORMS[host.name] === undefined ? 'unavailable' : 'host-declined'
  must(phases('elicitation').includes(own), `of the host is recorded: ${phases('elicitation').join(', ')}`)
  for (const phase of ['denied', 'dismissed', 'cancelled'])
    must(!phases('elicitation').includes(phase), `the host's no is recorded as ${phase}`)
  must(phases('page').includes('approved'), `of the page is recorded: ${phases('page').join(', ')}`)
  return `${told}; ${records.find(({ phase }) => phase === own).reason}`
}

async function enterTwice(host, stage) {
  await stage.start('screen', [SHORT])
  const form = FORMS[host.name]
  if (form === undefined) must((await stage.place.visitor.question(30_000)) !== undefined, 'nobody was asked')
  else if (host.name === 'codex') await stage.screen.until(/Allow the mux MCP server[^]*enter to submit/)
  else await stage.screen.until(form.isThere)
  for (const pause of [100, 0, 1000]) {
    stage.screen.press('Enter')
    await after(pause)
    stage.screen.press('Enter')
    await after(NOTHING_MS)
    stage.shoot('after Enter, Enter')
    must(stage.place.runs().length === 0, 'it ran')
  }
  return 'nothing ran'
}

/** Somebody who had his fingers on the keys when the form came up; then he reads, and says yes. */
async function slip(host, stage) {
  const form = FORMS[host.name]
  await stage.start('screen', [SHORT])
  await form.open(stage.screen)
  await stage.screen.until(form.isThere)
  await form.slip(stage.screen)
  await after(NOTHING_MS)
  stage.shoot('after the slip')
  must(stage.place.runs().length === 0, 'it ran')
  must(stage.model.results.length === 0, 'the call ended with it')
  await form.approve(stage.screen)
  await stage.answered()
  return `nothing ran; after reading it ${await once(stage)}`
}

/** Without a page nobody can be asked at once. The question waits for who comes to a terminal; then the model tries again. */
async function atTerminal(_host, stage) {
  const terminal = new Screen()
  try {
    let decided
    const when = new Promise((done) => (decided = done))
    await stage.start('screen', [SHORT, { ...SHORT, when }], { channels: ['elicitation', 'terminal'] })
    await stage.answered()
    terminal.run({ ...stage.place.sidemux('approvals', 'list'), cwd: stage.place.work })
    const listed = await terminal.until(/\b[0-9a-f]{8}\b/)
    terminal.run({
      ...stage.place.sidemux('approvals', 'approve', listed.match(/\b[0-9a-f]{8}\b/)[0]),
      cwd: stage.place.work,
    })
    await terminal.until(/demo-project-7Q[^]*\byes\b/)
    await after(READ_MS)
    terminal.type('yes')
    terminal.press('Enter')
    await terminal.until(/pproved/)
    must(stage.place.runs().length === 0, 'it ran before it was called again')
    decided()
    await stage.answered(2)
    return await once(stage)
  } finally {
    stage.shots.push({ label: 'terminal', text: terminal.text() })
    terminal.close()
  }
}

export const CHECKS = [
  { name: 'the call is on the screen', run: (host, stage) => seen(host, stage, SHORT) },
  { name: 'a call of two lines', run: (host, stage) => seen(host, stage, MIDDLE) },
  { name: 'a call of forty lines', run: (host, stage) => seen(host, stage, LONG) },
  { name: 'a yes in the form runs once', isForm: true, run: yesInForm },
  { name: 'an automatic no asks the page', run: declines },
  { name: 'Enter twice', run: enterTwice },
  { name: 'a slip', isForm: true, run: slip },
  { name: 'a yes at a terminal runs once', isForm: false, run: atTerminal },
]

/** @returns why not, where it isn't for this host */
export function unfit({ isForm }, host) {
  const hasForm = FORMS[host.name] !== undefined
  if (isForm === undefined || isForm === hasForm) return undefined
  return hasForm ? 'its form is asked' : 'it never asks by itself'
}
