/**
 * Leaks that Node suspects: it warns of the eleventh listener of one kind, and a user would read that in the log of the host.
 * They are told when a file of tests is over, since an error at that moment would end a sidemux within this process.
 */
const NAME = 'MaxListenersExceededWarning'
const found: string[] = []

process.on('warning', ({ name, stack = name }) => {
  if (name === NAME) found.push(stack)
})

/** @param printed what a sidemux has said on stderr */
export function lookForLeaks(printed: Buffer): void {
  if (printed.includes(NAME)) found.push(printed.toString('utf8'))
}

/** @throws Error with the stack of each listener that was one too many */
export function tellLeaks(): void {
  const leaks = found.splice(0)
  if (leaks.length > 0) throw new Error(leaks.join('\n\n'))
}
