/**
 * Facts about hosts by the name that they give (`clientInfo.name`), each with its source. It decides what helps a
 * host to keep its list, never what is allowed: anybody can call himself anything. Pure.
 */
export interface HostTraits {
  /** It loses tools, or its whole list, over alternatives at the top of a schema (flatten.ts). */
  readonly flat: boolean
  /** How long its first list may wait for servers, in ms, where servers.yaml doesn't say. */
  readonly listWaitMs: number
}

interface Known extends Partial<HostTraits> {
  readonly names: RegExp
  readonly source: string
}

const DEFAULT: HostTraits = { flat: false, listWaitMs: 4000 }

const ANTHROPIC =
  'its models are at the Anthropic API, which refuses a request over one (anthropics/claude-code#95504, #88049, makenotion/notion-mcp-server#341)'
const OPENAI = 'its models are at OpenAI, which refuses a request over one (langchain-ai/langchainjs#9804)'
const ANY_MODEL =
  'its user may choose a model of Anthropic or OpenAI, which refuse a request over one (langchain-ai/langchainjs#9804)'

const HOSTS: readonly Known[] = [
  {
    // It never lists again, and waits 30 s for its servers.
    names: /^codex/i,
    flat: true,
    listWaitMs: 15_000,
    source: `${OPENAI}; measured with 0.171.0: list_changed is ignored; startup_timeout_sec in codex-rs`,
  },
  { names: /^claude|^local-agent-mode-/i, flat: true, source: ANTHROPIC },
  {
    names: /^(Visual Studio Code|vscode|cursor|windsurf|zed|copilot|github-copilot|JetBrains|junie)/i,
    flat: true,
    source: `${ANY_MODEL}; github/copilot-cli#1879`,
  },
  {
    names: /^(cline|roo|kilo|continue|opencode|goose|amp|droid|crush|zencoder|qodo)/i,
    flat: true,
    source: ANY_MODEL,
  },
  { names: /^(langchain|openai|agents|ai-sdk|mcp-use|mastra)/i, flat: true, source: ANY_MODEL },
  // What the Python SDK says where a program says nothing; the Agents SDK gives a list 5 s.
  { names: /^mcp$/, flat: true, source: `${ANY_MODEL}; clientSessionTimeoutSeconds of the Agents SDK` },
]

export function hostTraits(name: string | undefined): HostTraits {
  const known = name === undefined ? undefined : HOSTS.find(({ names }) => names.test(name))
  return { flat: known?.flat ?? DEFAULT.flat, listWaitMs: known?.listWaitMs ?? DEFAULT.listWaitMs }
}
