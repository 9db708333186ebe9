/**
 * The words that an argument's name is made of, in lower case: `filePath`, `file_path` and `project-id` are two each, and
 * `userIds` ends in `ids`. Names of tools are cut finer (policy/words/words.ts), since there a word may be hidden. Pure.
 */
export function argumentWords(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}

/** What the name says of the value. */
export function lastWordOf(name: string): string {
  return argumentWords(name).at(-1) ?? ''
}
