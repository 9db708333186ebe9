/** A `command:` that holds its arguments too, as a shell would read it. It would be looked for as one program. */

/** Programs that start servers, and shells. */
const LAUNCHERS =
  'bash bun bunx cargo cmd deno docker dotnet fish go java node npm npx php pipx pnpm podman poetry powershell pwsh py python python3 ruby sh tsx uv uvx yarn zsh'.split(
    ' ',
  )

/**
 * What the program alone may be called in a hint; undefined when the text may well be one name, with a blank in it.
 * Only names that are known are said: what stands there may be a value, as in `TOKEN=… npx`.
 */
export function programIn(command: string): string | undefined {
  const [, program = '', rest = ''] = /^(\S+)\s+(\S.*)$/s.exec(command.trim()) ?? []
  if (program === '') return undefined
  const name = (program.split(/[/\\]/).at(-1) ?? '').replace(/\.(?:exe|cmd|bat)$/i, '')
  const isLauncher = LAUNCHERS.includes(name.toLowerCase())
  const shown = isLauncher ? name : 'PROGRAM'
  if (/^[A-Za-z_]\w*=/.test(program)) return shown
  if (!/[/\\]/.test(program)) return isLauncher || /^-|\s-/.test(rest) ? shown : undefined
  // "/opt/node 20/bin/x" and "C:\Program Files\x" are paths with a blank.
  const isArgument = /^(?:-|@)|^\S+\.(?:[cm]?[jt]s|py|jar|sh)(?:\s|$)/.test(rest)
  return isArgument || /\.(?:exe|cmd|bat)$/i.test(program) ? shown : undefined
}

/** A program that reads `$NAME` itself, because one of its arguments is a script. */
export function isShell(command: string | undefined, args: readonly string[]): boolean {
  const name = (command ?? '').split(/[/\\]/).at(-1) ?? ''
  if (!/^(?:(?:ba|da|k|z|c|tc|fi)?sh|cmd|powershell|pwsh|env|wsl)(?:\.exe)?$/i.test(name)) return false
  return args.some((arg) => /^(?:-\w*c\w*|\/c|-Command|-S)$/i.test(arg))
}
