/** Gives back what it is told, or its environment; of the newer era it knows nothing. For where no SDK is the subject. */
import { serve, text } from './raw.mjs'

serve({
  call({ id, params }) {
    text(id, params.name === 'env' ? JSON.stringify(process.env) : String(params.arguments?.text ?? ''))
  },
})
