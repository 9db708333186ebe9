/**
 * The style of the page, put together. No colour has a meaning alone: each has a word or a shape beside it. All pairs
 * of text and ground are at least 4.5 to 1 in both schemes (test/dashboard/page-browser.browser.test.ts measures
 * them).
 */
import { around } from './around.ts'
import { base } from './base.ts'
import { controls } from './controls.ts'
import { questionStyle } from './question.ts'
import { values } from './arguments.ts'

export const styles = [base, controls, questionStyle, values, around].join('\n')
