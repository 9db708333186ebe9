/** The thread in which long lines are read. It prints nothing and reaches nothing; it dies with the sidecar. */
import { parentPort } from 'node:worker_threads'
import { RawJson, writeJson } from '../json/write.ts'
import { Redactor } from '../redact/redactor.ts'
import { Secret } from '../secrets/secret.ts'
import { FinishedResult } from '../upstream/link/large.ts'
import { finish } from './finish.ts'
import type { Done, Job, Member } from './job.ts'

const redactor = new Redactor()

parentPort?.on('message', (job: Job) => {
  for (const { server, label, value } of job.secrets) redactor.add(server, [new Secret(value, label)])
  const done = read(job)
  const bytes =
    done.kind === 'back' ? [done.line] : done.kind === 'result' ? done.members.map(({ json }) => json) : []
  const handedOver = bytes.flatMap((part) => (typeof part === 'string' ? [] : [part.buffer as ArrayBuffer]))
  parentPort?.postMessage(done, handedOver)
})

function read({ id, line, facts, server }: Job): Done {
  const buffer = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  const frame = finish(buffer, facts, server, redactor)
  if (frame?.kind === 'bad') return { id, kind: 'bad', why: frame.why, bytes: frame.bytes }
  const result = frame?.kind === 'message' ? frame.message['result'] : undefined
  if (frame?.kind !== 'message' || !(result instanceof FinishedResult) || result.normalized.ok !== true)
    return { id, kind: 'back', line }
  const { result: _result, ...envelope } = frame.message
  const members = Object.entries(result.normalized.result).map(([key, value]): Member =>
    value instanceof RawJson
      ? { key, json: value.bytes, masked: value.masked }
      : { key, json: writeJson(value), masked: 0 },
  )
  return { id, kind: 'result', envelope: writeJson(envelope), members }
}
