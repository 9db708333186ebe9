/** Which servers ran unconfined, for those who believe a terminal only where none did (promise 4). */
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LaunchReader, unconfinedSinceBoot } from '../../src/audit/read/launches.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import { inTemp, segments } from './support.ts'

const LAUNCH = { phase: 'launch', launch: 'h' }

test('tells of what ran unconfined, and of what may write what a shell runs, as the log grows', async () => {
  await inTemp(async (dir) => {
    const reader = new LaunchReader(dir)
    const log = await AuditLog.open({ dir, required: true, now: Date.now })
    const found = (since = 0): readonly string[] => reader.unconfined(since).servers
    await log.append('server', { ...LAUNCH, server: 'caged', confined: 'bubblewrap' })
    await log.append('server', { ...LAUNCH, server: 'remote' })
    await log.append('call', { arguments: { type: 'server', phase: 'launch', server: 'x', confined: 'no' } })
    await log.append('call', { text: '"confined":"no"', server: 'y', phase: 'launch' })
    expect(found()).toEqual([])
    await log.append('server', { ...LAUNCH, server: 'plain', confined: 'no' })
    expect(found()).toEqual(['plain'])
    await log.append('call', { text: 'x'.repeat(1_100_000) })
    await log.append('server', { ...LAUNCH, server: 'at-home', confined: 'landlock', startFiles: true })
    expect(found()).toEqual(['at-home', 'plain'])
    const other = await AuditLog.open({ dir, required: true, now: Date.now })
    await other.append('server', { ...LAUNCH, server: 'elsewhere', confined: 'no' })
    expect(found()).toEqual(['at-home', 'elsewhere', 'plain'])
    expect([...reader.unconfined(0).pids]).toEqual([process.pid])
    await Promise.all([log.close(), other.close()])
    for (const segment of segments(dir)) utimesSync(join(dir, segment), 1000, 1000)
    expect(found(2_000_000)).toEqual([])
    expect(unconfinedSinceBoot(dir)()).toEqual({ servers: [], pids: new Set() })
    expect(unconfinedSinceBoot(join(dir, 'none'))()).toBeUndefined()
  })
})
