#!/usr/bin/env node
// On Node 20 any process of the user can send SIGUSR1, which opens the inspector and with it this process's memory,
// secrets included. Taking the signal is the very first thing that happens; everything else is loaded after it.
process.on('SIGUSR1', () => {})

const { main } = await import('./commands/main.ts')
const code = await main(process.argv.slice(2), process)
// What couldn't be printed has set it already.
process.exitCode ??= code
