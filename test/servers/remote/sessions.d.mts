import type { ServerResponse } from 'node:http'

export type Form = (response: ServerResponse, message: { readonly id?: unknown }) => void

export interface CallMessage {
  readonly id: unknown
  readonly params: { readonly _meta?: { readonly progressToken?: unknown } }
}

export const FORMS: Readonly<Record<string, Form>>

export interface SessionsSettings {
  form: Form
  stream: boolean
  tools: readonly Readonly<Record<string, unknown>>[]
  forgetful: boolean
  named: boolean
  resumes: number | undefined
  odd: (response: ServerResponse, message: CallMessage) => unknown
}

export interface SessionServer {
  readonly state: {
    /** By the method of JSON-RPC, or of HTTP where there is no message. */
    readonly requests: string[]
    readonly initialized: number
    readonly runs: number
    readonly cancelled: number
    readonly levels: string[]
    readonly subscribed: string[]
  }
  readonly settings: SessionsSettings
  readonly sessions: Map<string, unknown>
  readonly url: string
  readonly sseUrl: string
  forget(how?: { readonly endStreams?: boolean }): void
  cut(): void
  close(): Promise<void>
}

export function startSessions(settings?: Partial<SessionsSettings>): Promise<SessionServer>
