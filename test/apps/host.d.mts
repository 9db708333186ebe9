import type { Client } from '@modelcontextprotocol/client'
import type { FrameLocator, Page } from 'playwright-core'

export interface Program {
  readonly command: string
  readonly args: string[]
  readonly env: Record<string, string>
}

export interface Asked {
  readonly params: Record<string, unknown>
  /** Result or error; undefined while there is none. */
  readonly answer: Record<string, unknown> | undefined
}

export interface Shown {
  readonly page: Page
  readonly frame: FrameLocator
  /** What the page did besides asking the server. */
  readonly seen: {
    readonly links: string[]
    readonly messages: object[]
    readonly logs: object[]
    readonly errors: string[]
  }
  /** Of the call that showed the page. */
  readonly result: Record<string, unknown>
  /** What the page asked of the host by this method. */
  asked(method: string): Asked[]
  close(): Promise<void>
}

type Elicited = { action: 'accept' | 'decline'; content?: Record<string, string> }

export function connect(
  program: Program,
  era: 'old' | 'new',
  elicit?: (message: string) => Elicited | Promise<Elicited>,
): Promise<Client>
export function show(page: Page, client: Client, name: string, args?: object): Promise<Shown>
