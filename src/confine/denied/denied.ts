/**
 * Reads in a program's words which file it was denied: a line of stderr, or the text of a tool that failed. Each language
 * says it in its own way:
 *
 *     Error: EACCES: permission denied, open '/x'            Node
 *     PermissionError: [Errno 13] Permission denied: '/x'    Python
 *     open /x: permission denied                             Go
 *     Permission denied (os error 13): /x                    Rust, path where the program puts it
 *     cat: /x: Permission denied                             programs of the system
 *
 * What it says is the server's word, and only a reason to look. Pure.
 */

export interface DeniedFile {
  /** As it was written; relative to where the program works, or absolute. */
  readonly path: string
  readonly code: DeniedCode
  /** The program wanted to change something; undefined where its words don't tell. */
  readonly isWrite: boolean | undefined
}

export type DeniedCode = 'EACCES' | 'EPERM' | 'EROFS' | 'ENOENT'

/** Nobody reads more, and each is looked for on the disk. */
const MOST = 4
const MAX_TEXT = 16_384

const CODES: readonly (readonly [DeniedCode, RegExp])[] = [
  ['EACCES', /\bEACCES\b|\[Errno 13\]|permission denied|\bos error 13\b/i],
  ['EPERM', /\bEPERM\b|\[Errno 1\]|operation not permitted|\bos error 1\b/i],
  ['EROFS', /\bEROFS\b|\[Errno 30\]|read-only file ?system|\bos error 30\b/i],
  ['ENOENT', /\bENOENT\b|\[Errno 2\]|no such file or directory|\bos error 2\b|\bFileNotFound/i],
]
/** In quotes a path may hold blanks; without them it ends at one, or where a sentence would. */
const QUOTED = /(['"`])((?:~|\.{1,2})?\/[^'"`\n]{1,1024})\1/g
const BARE = /(?:^|[\s(=:])((?:~|\.{1,2})?\/[^\s'"`:,;()<>]{1,1024})/g
/** Calls of Node, and words of programs. */
const WRITES =
  /\b(?:mkdir|mkdtemp|unlink|rmdir|rename|symlink|link|write|writing|copyfile|chmod|chown|utimes?|truncate|create|creating|creat|remove|save|touch|delete)\b/i
const READS = /\b(?:scandir|readdir|opendir|readlink|lstat|stat|access|read|reading|load|realpath)\b/i

/** In the order in which they stand, each path once. */
export function deniedFiles(text: string): readonly DeniedFile[] {
  const found = new Map<string, DeniedFile>()
  for (const line of text.slice(0, MAX_TEXT).split('\n')) {
    const code = CODES.find(([, words]) => words.test(line))?.[0]
    if (code === undefined) continue
    for (const path of pathsOf(line)) {
      if (found.size < MOST && !found.has(path)) found.set(path, { path, code, isWrite: isWrite(line, code) })
    }
  }
  return [...found.values()]
}

function pathsOf(line: string): readonly string[] {
  const quoted = [...line.matchAll(QUOTED)].map(([, , path = '']) => path)
  if (quoted.length > 0) return quoted
  return [...line.matchAll(BARE)]
    .map(([, path = '']) => path.replace(/[.!?]+$/, ''))
    .filter((path) => !isFrame(path))
}

/** `/a/b.js:10:3`, as a line of a stack says where it was. */
function isFrame(path: string): boolean {
  return path === '/' || path.startsWith('//')
}

function isWrite(line: string, code: DeniedCode): boolean | undefined {
  if (code === 'EROFS' || WRITES.test(line)) return true
  return READS.test(line) ? false : undefined
}
