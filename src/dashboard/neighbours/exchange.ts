/**
 * Sends one request to the local door of one sidecar, on a connection of its own, with limits of time and size. It
 * never rejects; the result is one of four kinds.
 */
import { request as httpRequest } from 'node:http'
import { z } from 'zod'
import { systemErrorCode } from '../../errors.ts'
import { parseJson } from '../../json/parse.ts'
import { listens } from '../caller/linux.ts'
import { isLocalRefusal } from './refusals.ts'
import type { LocalRefusal, RunFile } from '../page-wire.ts'

const MAX_ANSWER_BYTES = 32 * 1024 * 1024

export type LocalReply<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The door looked at this process and doesn't take this from it. */
  | { readonly kind: 'refused'; readonly why: LocalRefusal }
  /** No sidecar of this run is there any more. */
  | { readonly kind: 'gone' }
  /** It didn't answer in time, or not in our words. */
  | { readonly kind: 'silent' }

const refusal = z.object({ refused: z.string() })

export function exchange(
  run: RunFile,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  timeoutMs: number,
): Promise<LocalReply<unknown>> {
  // Anybody of this user can write a file that names a process that is trusted, and a port of his own.
  if (process.platform === 'linux' && listens(run.pid, run.port) === false)
    return Promise.resolve({ kind: 'gone' })
  return new Promise((resolve) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const request = httpRequest({
      host: '127.0.0.1',
      port: run.port,
      method,
      path,
      // A socket of its own, closed afterwards: the door looks at the process behind each connection.
      agent: false,
      headers: {
        authorization: `Bearer ${run.key}`,
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    })
    const timer = setTimeout(() => settle({ kind: 'silent' }), timeoutMs)
    const settle = (reply: LocalReply<unknown>): void => {
      clearTimeout(timer)
      resolve(reply)
      request.destroy()
    }
    request.on('error', (error) =>
      settle(systemErrorCode(error) === 'ECONNREFUSED' ? { kind: 'gone' } : { kind: 'silent' }),
    )
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('error', () => settle({ kind: 'silent' }))
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_ANSWER_BYTES) settle({ kind: 'silent' })
        else chunks.push(chunk)
      })
      response.on('end', () => settle(read(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))))
    })
    request.end(payload)
  })
}

function read(status: number, body: string): LocalReply<unknown> {
  // Another sidecar, or whatever listens there now, doesn't know our key.
  if (status === 401) return { kind: 'gone' }
  try {
    const value: unknown = parseJson(body)
    if (status === 200) return { kind: 'ok', value }
    const why = refusal.safeParse(value).data?.refused
    return isLocalRefusal(why) ? { kind: 'refused', why } : { kind: 'silent' }
  } catch {
    return { kind: 'silent' }
  }
}
