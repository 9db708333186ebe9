/**
 * fast-check. Each run of a test draws other values; but what decides whether a change lands draws the same ones each time,
 * so that nothing lands, or fails to, by luck.
 */
import { configureGlobal } from 'fast-check'

if (process.env['CI'] === 'true') configureGlobal({ seed: 20_261_129 })

export * from 'fast-check'
