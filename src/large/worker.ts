/** The thread in which long lines are read. It prints nothing and reaches nothing; it dies with the sidecar. */
import { parentPort } from 'node:worker_threads'
import { RawJson, writeJson } from '../json/write.ts'
import { Redactor } from '../redact/redactor.ts'
import { Secret } from '../secrets/secret.ts'
import { FinishedResult } from '../upstream/link/large.ts'
import { finish } from './finish.ts'
import { untouched } from './untouched.ts'
import type { Done, Job, Member } from './job.ts'

const redactor = new Redactor()
let memory = new SharedArrayBuffer(0)

parentPort?.on('message', (job: Job) => {
  for (const { server, label, value } of job.secrets) redactor.add(server, [new Secret(value, label)])
  memory = job.memory ?? memory
  const done = read(job)
  const bytes = done.kind === 'result' ? done.members.map(({ json }) => json) : []
  const handedOver = bytes.flatMap((part) => (part instanceof Uint8Array ? [part.buffer as ArrayBuffer] : []))
  parentPort?.postMessage(done, handedOver)
})

function read({ id, bytes, facts, server }: Job): Done {
  const line = Buffer.from(memory, 0, bytes)
  const asItCame = untouched(line, facts, server, redactor)
  if (asItCame !== undefined) return { id, kind: 'result', ...asItCame }
  const frame = finish(line, facts, server, redactor)
  if (frame?.kind === 'bad') return { id, kind: 'bad', why: frame.why, bytes: frame.bytes }
  const result = frame?.kind === 'message' ? frame.message['result'] : undefined
  if (frame?.kind !== 'message' || !(result instanceof FinishedResult) || result.normalized.ok !== true)
    return { id, kind: 'back' }
  const { result: _result, ...envelope } = frame.message
  const members = Object.entries(result.normalized.result).map(([key, value]): Member => {
    const [json] = value instanceof RawJson ? value.pieces : []
    return json === undefined
      ? { key, json: writeJson(value), masked: 0 }
      : { key, json, masked: (value as RawJson).masked }
  })
  return { id, kind: 'result', envelope: writeJson(envelope), members }
}
