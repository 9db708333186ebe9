/**
 * How each host is set up in a home of its own, and started: `screen` for a person before it, `print` for a script.
 * Nothing of it leaves this machine: the model is ours (model.mjs), keys are made up, updates and statistics are off.
 * sidemux is its only server, called "mux".
 */

const QUIET = { DO_NOT_TRACK: '1' }

const claude = {
  environment: (place, model) => ({
    ...QUIET,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: CLAUDE_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CONFIG_DIR: `${place.home}/.claude`,
  }),
  prepare(place) {
    const known = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] }
    place.put('.claude/.claude.json', {
      hasCompletedOnboarding: true,
      theme: 'dark',
      customApiKeyResponses: { approved: [CLAUDE_KEY.slice(-20)], rejected: [] },
      projects: { [place.work]: known },
    })
    const file = place.put('mcp.json', { mcpServers: { mux: place.entry } })
    return ['--mcp-config', file, '--strict-mcp-config', '--allowedTools', 'mcp__mux']
  },
  screen: (args) => [...args, '--permission-mode', 'default', '--', 'do it'],
  print: (args) => ['-p', 'do it', ...args],
}
const CLAUDE_KEY = 'sk-ant-api03-made-up-made-up-made-up-made-up'

const codex = {
  environment: (place) => ({ ...QUIET, LAB_KEY: 'made-up', CODEX_HOME: `${place.home}/.codex` }),
  prepare(place, model) {
    const { command, args, env } = place.entry
    const text = (value) => JSON.stringify(value)
    place.put(
      '.codex/config.toml',
      `model = "mock"
model_provider = "lab"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[history]
persistence = "none"
[projects.${text(place.work)}]
trust_level = "trusted"
[model_providers.lab]
name = "lab"
base_url = "${model.url}/v1"
env_key = "LAB_KEY"
wire_api = "responses"
[mcp_servers.mux]
required = true
command = ${text(command)}
args = ${text(args)}
env = { ${Object.entries(env)
        .map(([name, value]) => `${name} = ${text(value)}`)
        .join(', ')} }
`,
    )
    return []
  },
  screen: () => ['-c', 'approval_policy="on-request"', '--no-alt-screen', 'do it'],
  print: () => ['exec', '-c', 'approval_policy="never"', '--skip-git-repo-check', 'do it'],
}

const gemini = {
  environment: (_place, model) => ({
    ...QUIET,
    GEMINI_API_KEY: 'made-up',
    GOOGLE_GEMINI_BASE_URL: model.url,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }),
  prepare(place) {
    place.put('.gemini/settings.json', {
      mcpServers: { mux: { ...place.entry, trust: true } },
      security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      general: { disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdate: false },
      ui: { hideBanner: true, hideTips: true },
    })
    return []
  },
  screen: () => ['-i', 'do it'],
  print: () => ['-p', 'do it', '--yolo'],
}

const SETUPS = { claude, codex, gemini }

/** The command that starts it; `how` is screen or print. */
export function setUp(host, how, place, model) {
  const setup = SETUPS[host.name]
  const args = setup[how](setup.prepare(place, model))
  return {
    command: host.program.command,
    args: [...host.program.args, ...args],
    env: { PATH: process.env.PATH, HOME: place.home, ...setup.environment(place, model) },
    cwd: place.work,
  }
}
