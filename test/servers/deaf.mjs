// Loaded before a sidecar: events of the file system never arrive, as on a mount of another container.
import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

fs.watch = () => Object.assign(new EventEmitter(), { close: () => undefined })
syncBuiltinESMExports()
