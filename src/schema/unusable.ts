/** A schema that nothing can be judged by. The message ends the sentence "its inputSchema …" and quotes nothing of it. */
export class UnusableSchema extends Error {
  override readonly name = 'Unusable'
}
