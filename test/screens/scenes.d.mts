import type { PageState } from '../../src/dashboard/page-wire.ts'

export const scenes: Readonly<Record<'one' | 'five' | 'edit' | 'sql' | 'grant', PageState>>
