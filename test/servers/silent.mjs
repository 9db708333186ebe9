/** Knows nothing of the probe and says nothing to it, as old servers do. */
import { serve } from './raw.mjs'

serve({ discover: 'silent' })
