// Every attempt: `id`, `name`, `kind`, `tries(scene)` which gives what it got as a text or throws, and
// - `by`: which server makes it: attacker (the default), given (works in a directory that the user gave it, and writes
//   there) or walled (its entry says "network: none");
// - `open`: why it works in any mode, where the manual says that it does; such a row is shown and doesn't count;
// - `shows: 'said'`: what it says is the proof, as nothing of the scene is changed by it;
// - `storm`: it takes what it can get, and says how far it came;
// - `after(scene)`: what is tried once the sidecar was started anew, with the same result;
// - `inSrt: false`: says nothing of the rival, since it is about sidemux's own answer to a person.
// What it changed, reached or left is not taken from its word: the one who calls looks for himself (guard.mjs).
import { devices } from './devices.mjs'
import { files } from './files.mjs'
import { links } from './links.mjs'
import { network } from './network.mjs'
import { processes } from './processes.mjs'
import { shared } from './shared.mjs'
import { starts } from './starts.mjs'
import { storms } from './storms.mjs'
import { writes } from './writes.mjs'
import { yes } from './yes.mjs'

const KINDS = { processes, files, writes, links, starts, shared, devices, network, yes, storms }

export const ATTEMPTS = Object.entries(KINDS).flatMap(([kind, attempts]) =>
  attempts.map((attempt) => ({ kind, by: 'attacker', id: `${kind}: ${attempt.name}`, ...attempt })),
)
