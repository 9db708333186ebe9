export function speller(options: {
  spelling?: string
  where?: 'all' | 'calls' | 'errors'
}): (line: string) => readonly string[]
