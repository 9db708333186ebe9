/**
 * Facts about how much of a question hosts show in their form, by the name that they give (`clientInfo.name`), each
 * with its source. A host can call itself anything; it gains nothing by it, since its form can be answered by itself
 * anyway. Pure.
 */
import type { HostInfo } from '../facts/channel.ts'

export interface Shows {
  /** What it is called for people. */
  readonly called: string
  /** Of the message, before it is cut off. */
  readonly rows: number
  readonly columns: number
  /** It breaks lines that are longer; else it cuts them off, and they are broken before they are sent. */
  readonly breaks: boolean
  /** It shows the description of the form's field in full. */
  readonly field: boolean
  /** What is cut off can't be read by any key. */
  readonly forGood: boolean
}

interface Known extends Shows {
  readonly names: RegExp
  readonly source: string
}

const HOSTS: readonly Known[] = [
  {
    names: /^claude-code/i,
    called: 'Claude Code',
    rows: 3,
    // Of a terminal of 80.
    columns: 72,
    breaks: false,
    field: false,
    forGood: true,
    source:
      'npm run hosts, 2.1.332 at 110x50 and 80x24: three lines, each cut off where the screen ends, then "… (+11 more lines)", and no key to read on; of the field one line; a form higher than the screen loses its buttons (anthropics/claude-code#69087)',
  },
  {
    names: /^codex/i,
    called: 'Codex',
    // Of a terminal of 80x24, what progress, choice, footer and frame leave; the field stands below the message.
    rows: 16,
    columns: 76,
    breaks: true,
    field: false,
    forGood: true,
    source:
      'openai/codex codex-rs/tui/src/bottom_pane/mcp_server_elicitation.rs (render: the prompt gets the rows that are left and does not scroll); seen with 0.171.0',
  },
]

/** Nothing is known against it, so its form is asked too; but nobody reads more than a screen in one. */
const OTHERS: Shows = {
  called: 'the host',
  rows: 40,
  columns: 100,
  breaks: true,
  field: true,
  forGood: false,
}

export function showsOf(host: HostInfo | undefined): Shows {
  return HOSTS.find(({ names }) => host !== undefined && names.test(host.name)) ?? OTHERS
}
